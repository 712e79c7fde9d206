import { GoliveError } from "@golive/errors/golive-error.ts";
import { takeBackup } from "../runs/take-backup.ts";
import type { RestoreOptions } from "./options.ts";
import type { ServerFacts } from "./preflight/facts.ts";
import type { RestoreWorld } from "./restore-world.ts";

/** What is about to be replaced, as a backup like any other. @throws RESTORE_REFUSED when it does not come about */
export async function safetyBackup(
  world: RestoreWorld,
  target: string,
  server: ServerFacts,
  options: RestoreOptions,
): Promise<string | null> {
  if (options.target.kind !== "replace" || server.live === undefined) return null;
  if (options.noSafetyBackup !== undefined) {
    world.report(
      `warning: no backup is taken of ${JSON.stringify(target)} before it is replaced: ${options.noSafetyBackup}`,
    );
    return null;
  }
  world.report(`backing ${JSON.stringify(target)} up before it is replaced`);
  try {
    return (await takeBackup(world.backupWorld(), { database: target, reason: "before-restore" })).id;
  } catch (cause) {
    world.signal.throwIfAborted();
    throw new GoliveError(
      "RESTORE_REFUSED",
      `the backup of ${JSON.stringify(target)} before the restore failed: ${(cause as Error).message}`,
      `Nothing was touched. ${cause instanceof GoliveError ? cause.hint : "Cure the cause."} Without it, say why: --no-safety-backup --reason <why>.`,
      { cause },
    );
  }
}
