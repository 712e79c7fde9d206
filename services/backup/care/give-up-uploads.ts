import { parseKey, prefixOf, root } from "../catalogue/keys.ts";
import { hour } from "../retention/calendar.ts";
import type { PrunableStore } from "../storage/object-store.ts";

/** Ends uploads of ours that were begun longer ago than any backup takes: a killed run leaves parts that cost, and that no list shows. */
export async function giveUpUploads(
  store: PrunableStore,
  {
    database,
    yes,
    clock,
    graceHours,
  }: { database?: string | undefined; yes: boolean; clock: Date; graceHours: number },
): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key, begun, abort } of store.unfinished(database === undefined ? root : prefixOf(database))) {
    if (parseKey(key) === undefined || clock.getTime() - begun.getTime() < graceHours * hour) continue;
    if (yes) await abort();
    keys.push(key);
  }
  return keys;
}
