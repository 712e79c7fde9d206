import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { PostgresServer } from "../../../tests/postgres-server.ts";
import type { Manifest } from "../catalogue/manifest.ts";
import type { RestoreOptions } from "../restore/options.ts";
import type { RestoreReport } from "../restore/report.ts";
import { restore } from "../restore/restore.ts";
import { takeBackup } from "../runs/take-backup.ts";
import { MemoryStore } from "./memory-store.ts";
import { type RestoreTestWorld, restoreTestWorld } from "./restore-world.ts";
import { configOf, sql, testWorld } from "./test-world.ts";

/** Databases of kinds that tools of this trade have stumbled over, as SQL for psql. */
export const caseFile = (name: string): string => fileURLToPath(new URL(`cases/${name}`, import.meta.url));

export interface BackedUp {
  readonly database: string;
  readonly store: MemoryStore;
  readonly manifest: Manifest;
  readonly world: RestoreTestWorld;
  readonly lines: readonly string[];
  into(name: string, options?: Partial<RestoreOptions>): Promise<RestoreReport>;
  replace(options?: Partial<RestoreOptions>): Promise<RestoreReport>;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const environment = (server: PostgresServer, database: string) => ({
  PATH: process.env.PATH,
  PGHOST: server.host,
  PGPORT: String(server.port),
  PGUSER: server.user,
  PGPASSWORD: server.password,
  PGDATABASE: database,
});

/** Runs SQL as psql does, with its variables and each statement by itself. */
export function psql(
  server: PostgresServer,
  database: string,
  { script, file }: { script?: string; file?: string },
): void {
  const args = ["-X", "-q", "-v", "ON_ERROR_STOP=1", ...(file === undefined ? [] : ["-f", file])];
  execFileSync(`${server.bin}/psql`, args, {
    input: script ?? "",
    env: { ...environment(server, database), PGCLIENTENCODING: "UTF8" },
    stdio: ["pipe", "ignore", "pipe"],
  });
}

export async function makeDatabase(
  server: PostgresServer,
  database: string,
  script: string,
  creating = "",
): Promise<void> {
  await sql(server, "postgres", `create database ${quoted(database)} ${creating}`);
  psql(server, database, { script });
}

/** A database made by SQL, and a backup of it. */
export async function backedUp(
  server: PostgresServer,
  database: string,
  script: string,
  { creating = "", user }: { creating?: string; user?: string } = {},
): Promise<BackedUp> {
  await makeDatabase(server, database, script, creating);
  const store = new MemoryStore();
  const config = { ...configOf(server, database), ...(user === undefined ? {} : { user }) };
  const manifest = await takeBackup(testWorld(config, store));
  const { id } = manifest;
  const world = restoreTestWorld(config, store);
  return {
    database,
    store,
    manifest,
    world,
    lines: world.lines,
    into: (name, options) => restore(world, { choice: { id }, target: { kind: "into", database: name }, ...options }),
    replace: (options) => restore(world, { choice: { id }, target: { kind: "replace" }, ...options }),
  };
}

/** All of a database's definitions, with owners, rights and tablespaces, as pg_dump writes them. */
export function schemaOf(server: PostgresServer, database: string): string {
  return execFileSync(`${server.bin}/pg_dump`, ["--schema-only"], {
    env: environment(server, database),
    encoding: "latin1",
    maxBuffer: 64 * 1024 ** 2,
  }).replaceAll(/^\\(un)?restrict .*$/gm, "");
}
