import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import type { Logger } from "pino";
import type { DatabaseConfig } from "../config.ts";
import { clientClass, connectionConfig } from "./connection.ts";
import { failureOf } from "./failure.ts";
import {
  type AppliedMigration,
  type Migration,
  MigrationRefused,
  pendingMigrations,
  readMigrations,
} from "./migration-plan.ts";

/** Any number that no other program of this database locks: "gateway" on a telephone's keys. */
const advisoryLock = 4_283_929;

const migrationsFolder = new URL("../migrations/", import.meta.url);

/**
 * Brings the schema up to date. Safe to run from many replicas at once: one works, the others wait for its lock and then find
 * nothing to do. Each migration and its record are one transaction, and a lost connection gives the lock back.
 */
export async function migrate(config: DatabaseConfig, log: Logger, folder = migrationsFolder): Promise<number> {
  const known = readMigrations(await sqlFiles(folder));
  const ClientClass = clientClass(config);
  const client = new ClientClass(connectionConfig(config));
  // The query that fails tells; without a listener, the same event would end the process.
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query("set lock_timeout = '60s'");
    await client.query("select pg_advisory_lock($1)", [advisoryLock]);
    const pending = pendingMigrations(known, await appliedMigrations(client));
    for (const migration of pending) {
      await apply(client, migration);
      log.info({ migration: migration.id, name: migration.name }, "migration applied");
    }
    return pending.length;
  } finally {
    // Ends the session, and with it the lock.
    await client.end().catch(() => undefined);
  }
}

/**
 * `migrate`, again and again until the database answers: at a first start the gateway is often up before it.
 * @throws MigrationRefused at once, and the last error when `timeoutMs` is over.
 */
export async function migrateWithRetry(
  config: DatabaseConfig,
  log: Logger,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<void> {
  const limit = performance.now() + timeoutMs;
  for (let wait = 250; ; wait = Math.min(wait * 2, 5_000)) {
    try {
      await migrate(config, log);
      return;
    } catch (error) {
      const lasting = error instanceof MigrationRefused || failureOf(error) === "none";
      if (lasting || performance.now() + wait > limit) throw error;
      log.warn({ err: error, retry_in_ms: wait }, "the database is not ready yet");
      await delay(wait, undefined, { signal });
    }
  }
}

async function sqlFiles(folder: URL): Promise<Map<string, string>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql"));
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(new URL(name, folder), "utf8")] as const)),
  );
}

async function appliedMigrations(client: Client): Promise<AppliedMigration[]> {
  await client.query(`create table if not exists schema_migrations (
    id integer primary key,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now()
  )`);
  return (await client.query<AppliedMigration>("select id, name, checksum from schema_migrations order by id")).rows;
}

async function apply(client: Client, { id, name, sql, checksum }: Migration): Promise<void> {
  await client.query("begin");
  try {
    await client.query(sql);
    await client.query("insert into schema_migrations (id, name, checksum) values ($1, $2, $3)", [id, name, checksum]);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw error;
  }
}
