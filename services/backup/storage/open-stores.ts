import { readStoreConfig } from "../config/store.ts";
import { readStoresConfig, type StoreKind } from "../config/stores.ts";
import type { World } from "../verbs/verb.ts";
import { diskStore } from "./disk-store.ts";
import type { ObjectStore, PrunableStore } from "./object-store.ts";
import { s3Client } from "./s3-client.ts";
import { s3Store } from "./s3-store.ts";

/** Every store that the environment names; `primary`, the first, is read from. */
export function openStores(world: Pick<World, "env" | "signal">): {
  readonly all: readonly ObjectStore[];
  readonly primary: ObjectStore;
} {
  const all = openPrunableStores(world);
  return { all, primary: all[0] as ObjectStore };
}

/**
 * The same stores, to prune. What a process may do there is decided by the keys it was given, not by names of
 * variables: the job that prunes has the files of the pruner's account mounted.
 */
export function openPrunableStores({ env, signal }: Pick<World, "env" | "signal">): readonly PrunableStore[] {
  const { kinds, folder } = readStoresConfig(env);
  const open: Readonly<Record<StoreKind, () => PrunableStore>> = {
    s3() {
      const config = readStoreConfig(env);
      return s3Store(s3Client(config), config, signal);
    },
    disk: () => diskStore(folder as string, signal),
  };
  return kinds.map((kind) => open[kind]());
}
