import type { Entry } from "../catalogue/catalogue.ts";
import type { Manifest } from "../catalogue/manifest.ts";
import { bytesText } from "../format.ts";
import { type ObjectStore, StoreError } from "../storage/object-store.ts";

/** Times the predecessor: a database grows from night to night, and a disk that is full to its last byte harms whoever else uses it. */
const growth = 1.2;

/**
 * Looks before a dump begins whether its like still fits: a run that fills the disk fails after an hour, and has taken the room of
 * others until then. Where the store does not tell what it can take, or nothing of this kind was backed up before, the run tries.
 * @throws StoreError `full`
 */
export async function requireRoom(
  store: ObjectStore,
  entries: readonly Entry[],
  scope: Manifest["scope"],
): Promise<void> {
  const last = entries
    .flatMap((entry) => (entry.state === "complete" ? [entry.manifest] : []))
    .filter((manifest) => JSON.stringify(manifest.scope) === JSON.stringify(scope))
    .reduce<Manifest | undefined>((a, b) => (a !== undefined && a.sequence > b.sequence ? a : b), undefined);
  if (last === undefined || store.freeBytes === undefined) return;
  const needed = Math.ceil(growth * (last.dump.bytes + (last.globals?.bytes ?? 0)));
  const free = await store.freeBytes();
  if (free >= needed) return;
  throw new StoreError(
    "full",
    `${bytesText(free)} are free in ${store.name}, a backup may need ${bytesText(needed)}: ${growth} times the last one, ${last.id}`,
  );
}
