import { readStoresConfig } from "../config/stores.ts";
import type { PrunableStore } from "../storage/object-store.ts";
import { openPrunableStores } from "../storage/open-stores.ts";
import type { World } from "../verbs/verb.ts";

/** A store, and what can be asked of it beyond its objects. */
export interface WatchedStore {
  readonly store: PrunableStore;
  /** Of a store in a folder; undefined for an object store, which can lock and has no end of space. */
  readonly folder: string | undefined;
}

/** Every store that the environment names, the one that is read from first. */
export function watchedStores(world: Pick<World, "env" | "signal">): readonly WatchedStore[] {
  const { kinds, folder } = readStoresConfig(world.env);
  return openPrunableStores(world).map((store, at) => ({ store, folder: kinds[at] === "disk" ? folder : undefined }));
}
