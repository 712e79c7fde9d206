import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PostgresConfig } from "../config/postgres.ts";
import type { RestoreWorld } from "../restore/restore-world.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { testKeys, testWorld } from "./test-world.ts";

export interface RestoreTestWorld extends RestoreWorld {
  readonly lines: string[];
}

/** One folder a test process; the archives in it have no names. */
const scratch = mkdtempSync(join(tmpdir(), "golive-restore-test-"));

/** Keys of `testKeys()`, consent given beforehand, and the safety backup into the store that is read from. */
export function restoreTestWorld(
  postgres: PostgresConfig,
  store: ObjectStore,
  more: Partial<RestoreWorld> = {},
): RestoreTestWorld {
  const backup = testWorld(postgres, store, more.signal);
  const { identities, trusted, signer } = testKeys();
  return {
    postgres,
    store,
    trusted,
    identities: identities.slice(0, 1),
    signer,
    consent: { yes: true, ask: undefined },
    undoDays: 7,
    scratch,
    jobs: 2,
    backupWorld: () => backup,
    now: backup.now,
    lines: backup.lines,
    report: backup.report,
    signal: backup.signal,
    ...more,
  };
}
