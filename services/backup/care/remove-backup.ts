import { type Entry, readCatalogue, standingOf } from "../catalogue/catalogue.ts";
import { parseKey } from "../catalogue/keys.ts";
import type { Report } from "../progress.ts";
import type { TrustedKeys } from "../signing/envelope.ts";
import type { PrunableStore } from "../storage/object-store.ts";

export interface RemoveWorld {
  readonly store: PrunableStore;
  readonly trusted: TrustedKeys;
  readonly report: Report;
  readonly signal: AbortSignal;
}

export interface Removal {
  readonly end: "removed" | "retained" | "spared";
  readonly why?: string;
}

/**
 * Removes one backup in the order of `Entry.keys`: dump, globals, manifest, records. From the first deletion on it is `damaged`, then
 * `incomplete`, and never `complete`, so wherever a run dies nothing half-removed looks like something to restore. The manifest
 * follows the dump and does not lead it: were it first, a legal hold on the dump alone would leave a good dump without its manifest.
 * Records come last because each has a lock of its own, from the day that it was written: they may stay for weeks, alone.
 */
export async function removeBackup(
  { store, trusted }: RemoveWorld,
  entry: Entry,
  { clock, yes }: { clock: Date; yes: boolean },
): Promise<Removal> {
  const files = entry.keys.filter((key) => parseKey(key)?.kind !== "record");
  for (const key of files) {
    const until = await store.lockedUntil(key);
    if (until !== undefined && until > clock) return { end: "retained", why: `locked until ${lockText(until)}` };
  }
  // Asked again right before: a hold, a lease or another prune may have come since the list was read.
  const [fresh] = await readCatalogue(store, { trusted, database: entry.database, id: entry.id });
  if (fresh === undefined) return { end: "removed", why: "gone already" };
  const { held, leased } = standingOf(fresh);
  if (held) return { end: "spared", why: `held meanwhile: ${held.reason}` };
  if (leased && leased.until > clock) return { end: "spared", why: `being read since just now: ${leased.by}` };
  if (!yes) return { end: "removed" };

  let retained = false;
  for (const key of fresh.keys) {
    if ((await store.remove(key)) === "removed") continue;
    const { kind } = parseKey(key) ?? {};
    if (kind === "dump") return { end: "retained", why: "the store keeps its dump: a lock or a legal hold" };
    if (kind !== "record" || files.length === 0) retained = true;
  }
  return retained
    ? { end: "retained", why: "the store keeps a part of it: a lock or a legal hold" }
    : { end: "removed" };
}

/** When a lock ends, in words. */
export const lockText = (until: Date): string =>
  until.getUTCFullYear() > 9999 ? "a legal hold is lifted" : until.toISOString();
