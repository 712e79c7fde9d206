import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { takeBackup } from "../runs/take-backup.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { restoreTestWorld } from "../testing/restore-world.ts";
import { configOf, patient, sql, testWorld } from "../testing/test-world.ts";
import { readComplaints } from "./failed-objects.ts";
import { restore } from "./restore.ts";

/** What pg_restore of 17 says to a server of 15; the second one is made up. */
const unknownSetting = (name: string): string =>
  `pg_restore: error: could not execute query: ERROR:  unrecognized configuration parameter "${name}"\nCommand was: SET ${name} = 0;\n`;
const ignored = (count: number): string => `pg_restore: warning: errors ignored on restore: ${count}\n`;

test("of a newer pg_restore, the one setting that an older server does not know is tolerated, and no other", () => {
  expect(readComplaints(`${unknownSetting("transaction_timeout")}${ignored(1)}`, [])).toEqual({
    failed: [],
    warnings: [],
    tolerated: 1,
  });
  const both = `${unknownSetting("transaction_timeout")}${unknownSetting("other_timeout")}${ignored(2)}`;
  expect(readComplaints(both, [])).toMatchObject({
    failed: [{ kind: "session", cause: 'unrecognized configuration parameter "other_timeout"' }],
    tolerated: 1,
  });
  // The same words about another statement are another fault.
  const setInFunction = unknownSetting("transaction_timeout").replace(
    "SET transaction_timeout = 0;",
    "ALTER DATABASE x SET transaction_timeout TO '1s';",
  );
  expect(readComplaints(setInFunction, [])).toMatchObject({ failed: [{}], tolerated: 0 });
});

describe.skipIf(postgresMissing())("programs of version 17 for an older server", patient, () => {
  const home = mkdtempSync(join(tmpdir(), "golive-newer-client-"));
  let server: PostgresServer;

  /** Programs that call themselves 17 and do what the server's own do; pg_restore complains as one of 17 does. */
  function programs(name: string, complaints: readonly string[]): string {
    const bin = mkdtempSync(join(home, `${name}-`));
    const said = join(bin, "said");
    writeFileSync(said, `${complaints.map(unknownSetting).join("")}${ignored(complaints.length)}`);
    const end = complaints.length === 0 ? "exit 0" : `cat "${said}" >&2; exit 1`;
    for (const [program, work] of [
      ["pg_dump", `exec "${server.bin}/pg_dump" "$@"`],
      ["pg_restore", `"${server.bin}/pg_restore" "$@" || exit; ${end}`],
    ] as const) {
      const path = join(bin, program);
      writeFileSync(
        path,
        `#!/bin/sh\ncase "$*" in *--version*) echo "${program} (PostgreSQL) 17.10";; *) ${work};; esac\n`,
      );
      chmodSync(path, 0o755);
    }
    symlinkSync(join(server.bin, "pg_dumpall"), join(bin, "pg_dumpall"));
    return bin;
  }

  async function trial(name: string, complaints: readonly string[]) {
    const config = { ...configOf(server, "app"), bin: programs(name, complaints) };
    const store = new MemoryStore();
    const manifest = await takeBackup(testWorld(config, store));
    const target = { kind: "into", database: name } as const;
    return { manifest, restored: restore(restoreTestWorld(config, store), { choice: { id: manifest.id }, target }) };
  }

  beforeAll(async () => {
    server = await startPostgres({ databases: ["app"] });
    await sql(server, "app", "create table t (x int); insert into t values (1)");
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  test("restore what they wrote, and the backup says beforehand what it is for", async () => {
    const { manifest, restored } = await trial("tolerated", ["transaction_timeout"]);
    if (manifest.server.major < 17)
      expect(manifest.warnings).toEqual([expect.stringMatching(/^pg_dump 17\.10 is newer than the server/)]);
    expect(await restored).toMatchObject({ rows: 1, into: "tolerated" });
  });

  test("with a second setting that is unknown, nothing is restored", async () => {
    const { restored } = await trial("refused", ["transaction_timeout", "other_timeout"]);
    await expect(restored).rejects.toMatchObject({
      code: "RESTORE_MISMATCH",
      message: expect.stringContaining("other_timeout"),
    });
    expect(await sql(server, "postgres", "select from pg_database where datname ~ '^(refused|golive)'")).toEqual([]);
  });
});
