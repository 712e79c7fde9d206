import { readTrust } from "../config/keys.ts";
import { type MonitorConfig, readMonitorConfig } from "../config/monitor.ts";
import { type PostgresConfig, readPostgresConfig } from "../config/postgres.ts";
import { inClusterApi } from "../kubernetes/in-cluster.ts";
import type { World } from "../verbs/verb.ts";
import type { MonitorWorld } from "./gather.ts";
import { readSchedules } from "./schedules.ts";
import { watchedStores } from "./watched-stores.ts";

/** What the environment names, opened for one look that ends with `signal`. @throws CONFIG_INVALID */
export function openMonitorWorld(world: World, signal: AbortSignal): MonitorWorld {
  const { env, now } = world;
  const config = readMonitorConfig(env);
  return {
    stores: watchedStores({ env, signal }),
    trusted: readTrust(env),
    config: { ...config, databases: databasesOf(env, config) },
    postgres: serverOf(env),
    schedules:
      config.schedules.length === 0
        ? undefined
        : async () => await readSchedules(inClusterApi({ env, signal }), config.schedules),
    now,
    signal,
  };
}

/** The database of the server's address counts as named, too. */
function databasesOf(env: World["env"], { databases }: MonitorConfig): readonly string[] | undefined {
  const inUrl = env.DATABASE_URL || env.DATABASE_URL_FILE;
  return databases ?? (inUrl ? [readPostgresConfig(env).database] : undefined);
}

/** Undefined where no server is named. Its archiver is the same whatever database is asked, so none need be named. */
function serverOf(env: World["env"]): PostgresConfig | undefined {
  if (!env.PGUSER && !env.DATABASE_URL && !env.DATABASE_URL_FILE) return undefined;
  return readPostgresConfig({ ...env, PGDATABASE: env.PGDATABASE || env.PG_MAINTENANCE_DATABASE || "postgres" });
}
