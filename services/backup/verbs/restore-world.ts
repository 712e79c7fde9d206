import { readIdentities, readRecipients, readSignerOf, readTrust } from "../config/keys.ts";
import { readPostgresConfig } from "../config/postgres.ts";
import { readRestoreConfig } from "../config/restore.ts";
import type { RestoreWorld, ServerWorld } from "../restore/restore-world.ts";
import { openStores } from "../storage/open-stores.ts";
import type { World } from "./verb.ts";

/** The server that restores go into. PGDATABASE is not connected to, so it need not be set. */
export function serverWorld({ env, now, report, signal, ask }: World, yes: boolean): ServerWorld {
  const postgres = readPostgresConfig({ PGDATABASE: "postgres", ...env });
  return { postgres, consent: { yes, ask }, undoDays: readRestoreConfig(env).undoDays, now, report, signal };
}

export function restoreWorld(world: World, yes: boolean): RestoreWorld {
  const { env } = world;
  const server = serverWorld(world, yes);
  const { scratch, jobs, safety } = readRestoreConfig(env);
  const stores = openStores(world);
  const trusted = readTrust(env);
  return {
    ...server,
    store: stores.primary,
    trusted,

    identities: readIdentities(env),
    signer: env.BACKUP_SIGNING_KEY_FILE ? readSignerOf(env) : undefined,
    scratch,
    jobs,
    backupWorld: () => ({
      ...server,
      postgres: { ...server.postgres, ...(safety ?? {}) },
      stores: stores.all,
      recipients: readRecipients(env),
      signer: readSignerOf(env),
      trusted,
    }),
  };
}

/** The database that PG* variables name, when they do. */
export function liveDatabase({ env }: World, given: unknown): string | undefined {
  if (typeof given === "string") return given;
  if (!env.PGDATABASE && !env.DATABASE_URL && !env.DATABASE_URL_FILE) return undefined;
  return readPostgresConfig(env).database;
}
