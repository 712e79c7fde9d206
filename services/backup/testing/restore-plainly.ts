import { spawn } from "node:child_process";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { PostgresServer } from "../../../tests/postgres-server.ts";
import type { Manifest } from "../catalogue/manifest.ts";
import { createDatabaseSql } from "../postgres/database.ts";
import { openFile } from "../runs/open-dump.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { sql, testKeys } from "./test-world.ts";

/**
 * Restores with pg_restore alone, as it is, into a new database: what a backup is worth without this program's own restore.
 * Resolves to pg_restore's exit status and what it said.
 */
export async function restorePlainly(
  server: PostgresServer,
  store: ObjectStore,
  manifest: Manifest,
  into: string,
  args: readonly string[] = [],
): Promise<{ code: number | null; stderr: string }> {
  const major =
    Number(
      (await sql<{ server_version_num: string }>(server, "postgres", "show server_version_num"))[0]?.server_version_num,
    ) / 1e4;
  await sql(server, "postgres", createDatabaseSql(into, manifest.server, Math.floor(major)));
  const world = {
    store,
    identities: testKeys().identities,
    signal: AbortSignal.timeout(120_000),
    report: () => undefined,
  };
  const child = spawn(join(server.bin, "pg_restore"), ["--no-password", `--dbname=dbname='${into}'`, ...args], {
    env: { PGHOST: server.host, PGPORT: String(server.port), PGUSER: server.user, PGPASSWORD: server.password },
    stdio: ["pipe", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  await pipeline(await openFile(world, manifest.dump), child.stdin);
  return { code: await ended, stderr };
}
