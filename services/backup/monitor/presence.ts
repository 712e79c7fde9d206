import type { Known, WalFacts } from "./facts.ts";
import { type Finding, fail } from "./verdict.ts";

/**
 * Part of check 2: a database that the server has no more. The schedule passes over what is not there, so nothing else would say so
 * before its newest backup is too old. Whether it was dropped on purpose only a person knows, and says by naming those that must
 * have backups.
 */
export function judgePresence(database: string, server: Known<WalFacts> | undefined): Finding[] {
  if (server === undefined || "problem" in server) return [];
  const { databases } = server.value;
  if (databases.length === 0 || databases.includes(database)) return [];
  return [
    fail(
      `the server has no database ${JSON.stringify(database)}: restore it, or, if it was dropped on purpose or lives elsewhere, ` +
        "name the others alone in BACKUP_MONITOR_DATABASES",
    ),
  ];
}
