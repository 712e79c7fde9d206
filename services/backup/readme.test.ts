import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type Code, codes } from "@golive/errors/codes.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../tests/postgres-server.ts";
import { fileNames, folderOf } from "./catalogue/keys.ts";
import type { Manifest } from "./catalogue/manifest.ts";
import { runCli, verbs } from "./cli.ts";
import { keyFiles, patient, sql } from "./testing/test-world.ts";
import { variables } from "./variables.ts";

const readme = readFileSync(join(import.meta.dirname, "README.md"), "utf8");

test("the README names every verb, and no other", () => {
  const rows = [...readme.matchAll(/^\| `([a-z -]+)`\s+\| (.*?)\s+\|$/gm)].map(([, words, about]) => [words, about]);
  expect(rows.sort()).toEqual(verbs.map(({ words, about }) => [words, about]).sort());
});

test("the README gives every code that a verb can end with its exit status, and no other", () => {
  const rows = [...readme.matchAll(/^\| +(\d+) \| (.*?)\s+\|$/gm)];
  const told = rows.flatMap(([, exit, text = ""]) =>
    [...text.matchAll(/`([A-Z_]+)`/g)].map(([, code = ""]) => [code, Number(exit)] as const),
  );
  const always: Code[] = ["INTERNAL", "TERMINATED"];
  const possible = new Set([...always, ...verbs.flatMap(({ exits }) => exits)]);
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries([...possible].map((code) => [code, codes[code].exit])));
});

test("the README names files as the store has them, and no variable that is not there", () => {
  for (const name of Object.values(fileNames)) expect(readme).toContain(`<id>/${name} `);
  const known = new Set(Object.values(variables).flatMap((group) => group.map(({ name }) => name)));
  const named = [...readme.matchAll(/`((?:PG|BACKUP_|S3_|DATABASE_)[A-Z0-9_]*[A-Z0-9])`/g)].map(
    ([, name = ""]) => name,
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((name) => !known.has(name) && !(name in codes))).toEqual([]);
});

const byHand = /<!-- by hand -->\s*```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
const programs = ["age", "zstd", "jq", "openssl"];
const absent = programs.filter(
  (name) => !(process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, name))),
);
const skipped = postgresMissing() ?? (absent.length > 0 ? `not here: ${absent.join(", ")}` : undefined);

describe.skipIf(skipped)(`by hand${skipped ? ` (skipped: ${skipped})` : ""}`, patient, () => {
  let postgres: PostgresServer;
  let home: string;
  let backup: string;

  beforeAll(async () => {
    postgres = await startPostgres({ databases: ["app"] });
    home = mkdtempSync(join(tmpdir(), "golive-by-hand-"));
    mkdirSync(join(home, "store"));
    await sql(
      postgres,
      "app",
      `create role clerk; create table t (id int primary key, text text); alter table t owner to clerk;
       insert into t select n, md5(n::text) from generate_series(1, 5000) n`,
    );
    const env = {
      PGHOST: postgres.host,
      PGPORT: String(postgres.port),
      PGUSER: postgres.user,
      PGPASSWORD: postgres.password,
      PGDATABASE: "app",
      PG_BIN: postgres.bin,
      BACKUP_STORES: "disk",
      BACKUP_FOLDER: join(home, "store"),
      ...keyFiles(home),
    };
    const { signal } = new AbortController();
    const world = { env, now: () => new Date(), report: () => undefined, signal };
    const { stdout, stderr } = await runCli(["run", "--json"], world);
    expect(stderr).toBe("");
    backup = join(home, "store", folderOf(JSON.parse(stdout) as Manifest));
  });
  afterAll(() => postgres?.stop());

  /** Runs the README's commands as they are. */
  function restore(server: PostgresServer, folder: string): { status: number | null; said: string } {
    const { status, stdout, stderr } = spawnSync("bash", ["-euo", "pipefail", "-c", byHand], {
      encoding: "utf8",
      env: {
        PATH: [server.bin, process.env.PATH].join(delimiter),
        PGHOST: server.host,
        PGPORT: String(server.port),
        PGUSER: server.user,
        PGPASSWORD: server.password,
        backup: folder,
        trusted: join(home, "trusted.pem"),
        identity: join(home, "identity"),
        database: "app_again",
      },
    });
    return { status, said: stdout + stderr };
  }

  test("the README's commands restore a backup into a new server, with its roles and owners", async () => {
    const other = await startPostgres();
    try {
      const copy = join(home, "copy");
      cpSync(backup, copy, { recursive: true });
      const { status, said } = restore(other, copy);
      expect({ status, said }).toEqual({ status: 0, said: expect.stringContaining("Signature Verified Successfully") });
      expect(said).toContain("database.dump.zst.age: OK");
      expect(said).toContain("globals.sql.zst.age: OK");
      const facts =
        "select count(*)::int as rows, min(tableowner) as owner, md5(string_agg(text, '' order by id)) as sum";
      const query = `${facts} from t, pg_tables where tablename = 't'`;
      expect(await sql(other, "app_again", query)).toEqual(await sql(postgres, "app", query));
    } finally {
      await other.stop();
    }
  });

  test("they stop at a manifest or a dump that somebody changed, before anything is restored", async () => {
    for (const file of [fileNames.manifest, fileNames.dump]) {
      const copy = join(home, `changed-${file}`);
      cpSync(backup, copy, { recursive: true });
      const bytes = readFileSync(join(copy, file));
      // In the manifest a character of the payload, which stays base64.
      const at = bytes.length >> 1;
      bytes[at] = bytes[at] === 65 ? 66 : 65;
      writeFileSync(join(copy, file), bytes);
      const { status, said } = restore(postgres, copy);
      expect(status, said).not.toBe(0);
      expect(said).toMatch(file === fileNames.dump ? /dump.zst.age: FAILED/ : /Signature Verification Failure/);
    }
    expect(await sql(postgres, "postgres", "select from pg_database where datname = 'app_again'")).toEqual([]);
  });
});
