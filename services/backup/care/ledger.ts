import { type Complete, standingOf } from "../catalogue/catalogue.ts";
import type { BackupRecord } from "../catalogue/records.ts";
import { day } from "../retention/calendar.ts";

/** How much a check opens: the bytes in the store, or what pg_dump wrote as well. */
export type Depth = "stored" | "decrypted";

export interface LedgerRule {
  readonly depth: Depth;
  /** What was checked within so many days is believed. @default 7: every backup is read once a week, at a seventh of the cost a day. */
  readonly days: number;
  /** Believe nothing, read everything. */
  readonly all: boolean;
}

export interface Due {
  /** To be read, in this order. */
  readonly due: readonly Complete[];
  readonly believed: readonly Complete[];
  /** Known to be bad, and not read again before the days are over. */
  readonly red: readonly { readonly entry: Complete; readonly problem: string }[];
}

/** What a run of `verify` has to read: first what was never proven, the newest of it before the others; then the oldest proof. */
export function dueForVerify(entries: readonly Complete[], rule: LedgerRule, now: Date): Due {
  const since = now.getTime() - rule.days * day;
  const due: { entry: Complete; proof: number }[] = [];
  const believed: Complete[] = [];
  const red: { entry: Complete; problem: string }[] = [];
  for (const entry of entries) {
    const { failed } = standingOf(entry);
    const proof = provenAt(entry.records, rule.depth);
    if (!rule.all && failed !== undefined && failedAt(entry.records) > since) red.push({ entry, problem: failed });
    else if (!rule.all && failed === undefined && proof > since) believed.push(entry);
    else due.push({ entry, proof: failed === undefined ? proof : never });
  }
  due.sort((a, b) => a.proof - b.proof || b.entry.manifest.sequence - a.entry.manifest.sequence);
  return { due: due.map(({ entry }) => entry), believed, red };
}

/**
 * As many as fit into `maxBytes`, in their order; the first always, or a backup larger than the limit would never be read. What
 * does not fit ends the run, so that a large one is not passed over for ever.
 */
export function withinBudget(due: readonly Complete[], maxBytes: number): readonly Complete[] {
  let bytes = 0;
  const past = due.findIndex((entry, at) => {
    bytes += bytesOf(entry);
    return at > 0 && bytes > maxBytes;
  });
  return past === -1 ? due : due.slice(0, past);
}

export const bytesOf = ({ manifest }: Complete): number => manifest.dump.bytes + (manifest.globals?.bytes ?? 0);

const never = 0;

/** A drill opens everything that a check opens. */
function provenAt(records: readonly BackupRecord[], depth: Depth): number {
  const proofs = records.filter(
    (record) =>
      (record.kind === "drilled" && record.plane === "dump" && record.outcome === "passed") ||
      (record.kind === "verified" &&
        record.outcome === "passed" &&
        (depth === "stored" || record.depth === "decrypted")),
  );
  return Math.max(never, ...proofs.map(({ at }) => Date.parse(at)));
}

function failedAt(records: readonly BackupRecord[]): number {
  const failures = records.filter(
    (record) => (record.kind === "verified" || record.kind === "drilled") && record.outcome === "failed",
  );
  return Math.max(never, ...failures.map(({ at }) => Date.parse(at)));
}
