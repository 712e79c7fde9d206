import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { patient, sql } from "../testing/test-world.ts";
import { BlockIndex } from "./block-index.ts";
import { archiveColumns, copyColumns } from "./preflight/schema-diff.ts";
import { NeedMore, NotReadable, readToc } from "./toc.ts";

const home = mkdtempSync(join(tmpdir(), "golive-toc-"));
let server: PostgresServer;
let archive: Buffer;

const env = (): Record<string, string> => ({
  PGHOST: server.host,
  PGPORT: String(server.port),
  PGUSER: server.user,
  PGPASSWORD: server.password,
});

/** Through the index in pieces, as a network would bring it. */
function indexed(bytes: Buffer, piece: number): BlockIndex {
  const index = new BlockIndex();
  for (let at = 0; at < bytes.length; at += piece) index.push(bytes.subarray(at, at + piece));
  return index;
}

function patched(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  for (const patch of indexed(bytes, 1000).end()) patch.bytes.copy(copy, patch.at);
  return copy;
}

describe.skipIf(postgresMissing())("the head of an archive", patient, () => {
  beforeAll(async () => {
    server = await startPostgres({ databases: ["app", "copy"] });
    await sql(
      server,
      "app",
      `create role reader; create table item (id int primary key, "a (b" text, g int generated always as (id * 2) stored);
       insert into item values (1, 'x'), (2, null); create table empty (); create table "odd ""one" (v text);
       insert into "odd ""one" select repeat('y', 5000) from generate_series(1, 50);
       grant select on item to reader; create view v as select id from item;
       select lo_from_bytea(0, 'abc'), lo_from_bytea(0, repeat('z', 20000)::bytea)`,
    );
    // Into a pipe: pg_dump cannot go back and fill the places in.
    archive = execFileSync("sh", ["-c", `"${server.bin}/pg_dump" --format=custom --compress=0 app | cat`], {
      env: { PATH: process.env.PATH, ...env() },
      maxBuffer: 1e8,
    });
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  test("names every object, its owner, its columns and what it depends on", () => {
    const toc = readToc(archive);
    expect(toc).toMatchObject({ database: "app", minor: 14 });
    const named = (kind: string) => toc.entries.filter((entry) => entry.kind === kind).map(({ tag }) => tag);
    expect(named("TABLE").sort()).toEqual(["empty", "item", 'odd "one']);
    const table = toc.entries.find(({ kind, tag }) => kind === "TABLE" && tag === "item");
    const view = toc.entries.find(({ kind }) => kind === "VIEW");
    expect(view?.dependsOn).toContain(table?.dumpId);
    expect(table).toMatchObject({ schema: "public", owner: "postgres", tablespace: null });
    expect(archiveColumns(toc.entries)).toEqual(
      expect.arrayContaining([
        { schema: "public", name: "item", columns: ["id", "a (b"] },
        { schema: "public", name: 'odd "one', columns: ["v"] },
      ]),
    );
  });

  test("says that it needs more, wherever it is cut", () => {
    const { bytes } = readToc(archive);
    for (const at of [0, 3, 10, 60, bytes - 1])
      expect(() => readToc(archive.subarray(0, at)), `${at} bytes`).toThrow(NeedMore);
    expect(readToc(archive.subarray(0, bytes)).bytes).toBe(bytes);
  });

  test("bytes that are no archive are told, and never break the reader in another way", () => {
    expect(() => readToc(Buffer.from("PGDUM-something"))).toThrow(NotReadable);
    const known = (work: () => void) => {
      try {
        work();
      } catch (error) {
        if (!(error instanceof NeedMore) && !(error instanceof NotReadable)) throw error;
      }
    };
    fc.assert(
      fc.property(fc.nat(readToc(archive).bytes - 1), fc.nat(255), (at, value) => {
        const broken = Buffer.from(archive);
        broken[at] = value;
        known(() => readToc(broken));
        known(() => indexed(broken, 7001).end());
      }),
    );
  });

  test("the place of every table and of the large objects is found, however the bytes come", () => {
    const whole = indexed(archive, archive.length).end();
    expect(whole).toHaveLength(4);
    for (const piece of [1, 13, 4096]) expect(indexed(archive, piece).end()).toEqual(whole);
  });

  test("an archive that is cut gets no places", () => {
    for (const cut of [1, 100, 5000]) expect(indexed(archive.subarray(0, -cut), 4096).end()).toEqual([]);
  });

  test("pg_restore finds every table by the places that were filled in", async () => {
    const path = join(home, "placed");
    const bytes = patched(archive);
    // Without its places it would not get past this: where the blocks begin is no longer where it would look for them.
    const { bytes: headBytes } = readToc(bytes);
    writeFileSync(path, bytes);
    expect(bytes.subarray(headBytes).equals(archive.subarray(headBytes))).toBe(true);
    execFileSync(join(server.bin, "pg_restore"), ["--jobs=2", "--dbname=copy", "--no-acl", path], { env: env() });
    const all = `select (select count(*) from item)::int as item, (select count(*) from "odd ""one")::int as odd,
                        (select count(*) from pg_largeobject_metadata)::int as objects`;
    expect(await sql(server, "copy", all)).toEqual([{ item: 2, odd: 50, objects: 2 }]);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  test("what pg_dump wrote into a file has its places already", () => {
    const path = join(home, "file");
    execFileSync(join(server.bin, "pg_dump"), ["--format=custom", "--compress=0", `--file=${path}`, "app"], {
      env: env(),
    });
    const bytes = readFileSync(path);
    expect(indexed(bytes, 4096).end()).toEqual([]);
    // And ours are the ones that pg_dump would have written.
    const [own, theirs] = [readToc(patched(archive)), readToc(bytes)];
    const places = (all: Buffer, toc: typeof own) =>
      toc.entries.map(({ offsetAt, tag, kind }) => [kind, tag, all.subarray(offsetAt, offsetAt + 9).toString("hex")]);
    expect(places(patched(archive), own).filter(([, , place]) => place?.startsWith("02"))).toEqual(
      places(bytes, theirs).filter(([, , place]) => place?.startsWith("02")),
    );
  });
});

test.each([
  ["COPY public.t (id, name) FROM stdin;\n", ["id", "name"]],
  ['COPY "a(b"."c)d" ("x, y", "q""r") FROM stdin;\n', ["x, y", 'q"r']],
  ["COPY public.t () FROM stdin;\n", []],
  ["COPY public.t FROM stdin;\n", undefined],
  [null, undefined],
] as const)("the columns of %j", (copy, columns) => {
  expect(copyColumns(copy)).toEqual(columns);
});
