import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { configOf, leftovers, nothing, patient, sql, testWorld } from "../testing/test-world.ts";
import { takeBackup } from "./take-backup.ts";

const missing = postgresMissing();
describe.skipIf(missing)(missing ? `a slow schema (skipped: ${missing})` : "a slow schema", patient, () => {
  let server: PostgresServer;
  const bin = mkdtempSync(join(tmpdir(), "golive-slow-schema-"));
  beforeAll(async () => {
    server = await startPostgres({ databases: ["small"] });
    await sql(server, "small", "create table t as select 1 as x");
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(bin, { recursive: true, force: true });
  });

  test("the snapshot lasts until the schema was read in it, also when the dump is over long before", async () => {
    const [row] = await sql<{ data_directory: string }>(server, "small", "show data_directory");
    // Begins when the snapshot is gone, which it may not be, or after three seconds.
    writeFileSync(
      join(bin, "pg_dump"),
      `#!/bin/sh
       case "$*" in *--schema-only*)
         for argument in "$@"; do case "$argument" in --snapshot=*) snapshot="\${argument#--snapshot=}";; esac; done
         tries=0
         while [ -e "${row?.data_directory}/pg_snapshots/$snapshot" ] && [ $tries -lt 30 ]; do sleep 0.1; tries=$((tries + 1)); done;;
       esac
       exec "${server.bin}/pg_dump" "$@"\n`,
    );
    chmodSync(join(bin, "pg_dump"), 0o755);
    symlinkSync(join(server.bin, "pg_dumpall"), join(bin, "pg_dumpall"));
    const manifest = await takeBackup(testWorld({ ...configOf(server, "small"), bin }, new MemoryStore()));
    expect(manifest.tables).toMatchObject([{ name: "t", rows: 1 }]);
    expect(await leftovers(server)).toEqual(nothing);
  });
});
