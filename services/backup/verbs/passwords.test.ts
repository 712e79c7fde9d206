import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { runCli } from "../cli.ts";
import { readPostgresConfig } from "../config/postgres.ts";
import { keyFiles, patient, sql } from "../testing/test-world.ts";

/** What a shell, a URL, a connection string, a pgpass file, JSON, a log or SASLprep would stumble over. */
const passwords = [
  `p@:/?#[]&%$'"\\ é`,
  " before and behind ",
  "%41%zz%",
  "a\\:b:c\\",
  "pw host=192.0.2.1 password=other",
  `'; drop role "keeper"; --`,
  `$(id)\`id\`$\{HOME}`,
  `{"a":"b"}`,
  "ﬁ\u00a0e\u0301Ⅸ",
  "\ttab",
  "x".repeat(400),
  "#comment",
];

const home = mkdtempSync(join(tmpdir(), "golive-passwords-"));
const store = join(home, "store");
let server: PostgresServer;
let common: Record<string, string>;

const file = (name: string, content: string): string => {
  const path = join(home, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
};
const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(/['()*!]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
const escaped = (text: string): string => text.replaceAll(/[\\:]/g, "\\$&");

/** The same login, said in each of the ways in which it may be. */
const ways: readonly [string, (user: string, password: string, port: number) => Record<string, string>][] = [
  ["a file", (PGUSER, password) => ({ PGUSER, PGPASSWORD_FILE: file("password", `${password}\n`) })],
  ["a variable", (PGUSER, PGPASSWORD) => ({ PGUSER, PGPASSWORD })],
  [
    "an address",
    (user, password, port) => ({ DATABASE_URL: `postgres://${user}:${encoded(password)}@127.0.0.1:${port}/app` }),
  ],
  [
    "a file with an address",
    (user, password, port) => ({
      DATABASE_URL_FILE: file("url", `postgresql://${user}:${encoded(password)}@127.0.0.1:${port}/app\n`),
    }),
  ],
  [
    "a pgpass file",
    (PGUSER, password) => ({
      PGUSER,
      PGPASSFILE: file("pgpass", `# ours\n*:*:other:*:no\n127.0.0.1:*:app:${PGUSER}:${escaped(password)}\n`),
    }),
  ],
];

async function run(env: Record<string, string>, ...args: string[]) {
  const lines: string[] = [];
  const outcome = await runCli(["run", ...args], {
    env: { ...common, ...env },
    now: () => new Date(),
    report: (line) => lines.push(line),
    signal: new AbortController().signal,
  });
  return { ...outcome, said: `${outcome.stdout}${outcome.stderr}${lines.join("\n")}` };
}

/** In none of the forms in which it was given, and in none in which JSON would show it. */
function expectUntold(said: string, password: string): void {
  const json = JSON.stringify(password).slice(1, -1);
  for (const form of [password, encoded(password), encodeURIComponent(password), escaped(password), json])
    expect(said).not.toContain(form);
}

/** Every plain byte that the run left in its store, but for what is encrypted. */
const stored = (): string =>
  readdirSync(store, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("");

describe.skipIf(postgresMissing())("a password of every sort", patient, () => {
  beforeAll(async () => {
    server = await startPostgres({ databases: ["app"] });
    mkdirSync(store);
    common = {
      ...keyFiles(home),
      PATH: process.env.PATH ?? "",
      BACKUP_STORES: "disk",
      BACKUP_FOLDER: store,
      PGHOST: server.host,
      PGPORT: String(server.port),
      PGDATABASE: "app",
      PG_BIN: server.bin,
    };
    for (const [at, password] of passwords.entries())
      await sql(server, "app", `create role keeper${at} superuser login password ${pg.escapeLiteral(password)}`);
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  test.each(ways)("connects us and pg_dump by %s, and is told nowhere", async (_what, way) => {
    const [password = ""] = passwords;
    const { exit, said } = await run(way("keeper0", password, server.port), "--json", "--debug");
    expect({ exit, said }).toMatchObject({ exit: 0 });
    expectUntold(said, password);
    expectUntold(stored(), password);
  });

  test.each(passwords.map((password, at) => [at, password] as const).slice(1))("%i: %j", async (at, password) => {
    for (const [what, way] of ways) {
      expect(readPostgresConfig({ ...common, ...way(`keeper${at}`, password, server.port) }).password, what).toBe(
        password,
      );
    }
    const { exit, said } = await run({ PGUSER: `keeper${at}`, PGPASSWORD: password });
    expect({ exit, said }).toMatchObject({ exit: 0 });
    expectUntold(said, password);
  });

  test.each(ways)("given by %s to a server that is not there, it is not in the error either", async (_what, way) => {
    const [password = ""] = passwords;
    for (const format of [[], ["--json"], ["--debug"]]) {
      const { exit, said } = await run({ ...way("keeper0", password, 9), PGPORT: "9" }, ...format);
      expect({ exit, said }).toMatchObject({ exit: 5, said: expect.stringContaining("ECONNREFUSED") });
      expectUntold(said, password);
    }
  });

  test.each([
    ["a wrong password", () => ({ PGUSER: "keeper0", PGPASSWORD: "wrong-password" }), /password authentication failed/],
    ["no password", () => ({ PGUSER: "keeper0" }), /password/],
    [
      "an unknown host",
      () => ({ PGUSER: "keeper0", PGPASSWORD: "x", PGHOST: "no-such-host.invalid" }),
      /ENOTFOUND|EAI_AGAIN/,
    ],
    [
      "an unknown database",
      () => ({ PGUSER: "keeper0", PGPASSWORD: passwords[0] ?? "", PGDATABASE: "nowhere" }),
      /does not exist/,
    ],
  ])("%s: not green, and nothing in the store has changed", async (_what, env, message) => {
    const before = stored();
    const { exit, stderr } = await run(env());
    expect({ exit, stderr }).toMatchObject({ exit: 5, stderr: expect.stringMatching(message) });
    expect(stored()).toBe(before);
  });
});
