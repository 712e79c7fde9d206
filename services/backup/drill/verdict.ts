import { GoliveError } from "@golive/errors/golive-error.ts";
import { StoreError } from "../storage/object-store.ts";

export type Blame = "backup" | "drill";

/** How a drill ended. Who is to blame matters: people look for another backup after the one, and at the drill after the other. */
export type Verdict =
  | { readonly outcome: "passed"; readonly blame: null; readonly problem: null }
  | { readonly outcome: "failed"; readonly blame: Blame; readonly problem: string };

export const passed: Verdict = { outcome: "passed", blame: null, problem: null };
export const failed = (blame: Blame, problem: string): Verdict => ({ outcome: "failed", blame, problem });

/** What says nothing about the backup, whatever step it came up in. */
const ofTheDrill = new Set([
  "DRILL_FAILED",
  "STORE_UNREACHABLE",
  "DATABASE_UNREACHABLE",
  "TOOL_MISSING",
  "CONFIG_INVALID",
  "DISK_FULL",
  "INTERNAL",
]);
const fullDisk = /ENOSPC|no space left on device|disk quota exceeded/i;
/** Classes of SQLSTATE that tell of the server's troubles: connection, resources, and stops by its operator. */
const ofTheServer = /^(08|53|57P)/;

/**
 * Who is to blame for an error while a backup is restored and compared. `backup` is a suspicion as long as the same steps have not
 * been tried with an archive that is known to be good.
 */
export function blameFor(thrown: unknown): Blame {
  for (let it: unknown = thrown; it instanceof Error; it = it.cause) {
    if (it instanceof GoliveError && ofTheDrill.has(it.code)) return "drill";
    // A store that answers that the object is gone has answered.
    if (it instanceof StoreError && it.fault !== "not-found") return "drill";
    if (fullDisk.test(it.message) || ofTheServer.test((it as { code?: string }).code ?? "")) return "drill";
  }
  return "backup";
}

export const problemOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
