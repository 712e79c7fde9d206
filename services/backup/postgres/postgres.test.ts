import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Manifest } from "../catalogue/manifest.ts";
import { dumpArgs } from "../runs/dump-database.ts";
import { howItEnded } from "./child.ts";
import { findClientProgram } from "./client-program.ts";
import { createDatabaseSql } from "./database.ts";
import { withoutSecret } from "./ownership.ts";
import { relationName } from "./relation-name.ts";
import { normalised, schemaHash } from "./schema-hash.ts";

const home = mkdtempSync(join(tmpdir(), "golive-backup-programs-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

test("a pg_dump older than the server is refused before anything starts, with the package to install", async () => {
  writeFileSync(join(home, "pg_dump"), `#!/bin/sh\necho "pg_dump (PostgreSQL) 16.2 (Debian 16.2-1)"\n`);
  chmodSync(join(home, "pg_dump"), 0o755);
  await expect(findClientProgram("pg_dump", 17, { bin: home })).rejects.toMatchObject({
    code: "TOOL_MISSING",
    message: "pg_dump 17 or newer is needed for this server (version 17); found 16.2",
    hint: expect.stringContaining("postgresql-client-17"),
  });
  expect(await findClientProgram("pg_dump", 15, { bin: home })).toMatchObject({ version: "16.2", major: 16 });
});

test("an archive wants a pg_restore that is as new as its pg_dump", async () => {
  writeFileSync(join(home, "pg_restore"), `#!/bin/sh\necho "pg_restore (PostgreSQL) 16beta1"\n`);
  chmodSync(join(home, "pg_restore"), 0o755);
  await expect(findClientProgram("pg_restore", 15, { bin: home, atLeast: 17 })).rejects.toThrow(
    /archive \(version 17\)/,
  );
  expect((await findClientProgram("pg_restore", 15, { bin: home, atLeast: 16 })).major).toBe(16);
});

test("no client at all is told so", async () => {
  await expect(findClientProgram("pg_dump", 17, { bin: join(home, "none") })).rejects.toThrow(/none was found/);
});

test("pg_dump reads the snapshot, compresses nothing, and gives up on a lock", () => {
  const scope = { include: ["a*"], exclude: ["-x"], whole: false };
  expect(dumpArgs({ snapshot: "s-1", scope, source: { config: { lockWaitSeconds: 60 } } })).toEqual([
    "--format=custom",
    "--compress=0",
    "--snapshot=s-1",
    "--lock-wait-timeout=60000",
    "--no-password",
    "--table=a*",
    "--exclude-table=-x",
  ]);
});

test("a name is quoted only where it must be", () => {
  expect(relationName({ schema: "public", name: "t_1" })).toBe("public.t_1");
  expect(relationName({ schema: "a.b", name: "C" })).toBe(`"a.b"."C"`);
});

test("of a setting that holds a secret only the name is kept", () => {
  expect(["app.jwt_secret=x", "app.api_key=x", "pgrst.db_password=x"].map(withoutSecret)).toEqual([
    "app.jwt_secret",
    "app.api_key",
    "pgrst.db_password",
  ]);
  expect(withoutSecret("search_path=a, b")).toBe("search_path=a, b");
});

test("the hash of a schema leaves versions, settings and pg_dump's order out, and nothing else", () => {
  const table = (columns: string) =>
    `--\n-- Name: t; Type: TABLE; Schema: public; Owner: -\n--\n\nCREATE TABLE public.t (${columns});\n\n\n`;
  const view = "--\n-- Name: v; Type: VIEW; Schema: public; Owner: -\n--\n\nCREATE VIEW public.v AS SELECT 1;\n\n\n";
  const dump = (version: string, key: string, ...entries: string[]) =>
    `--\n-- PostgreSQL database dump\n--\n\n\\restrict ${key}\n\n-- Dumped from database version ${version}\n\nSET lock_timeout = 0;\n\n${entries.join("")}--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict ${key}\n\n`;
  const hash = (sql: string) => schemaHash(normalised(sql));
  const one = dump("15.18", "abc", table("a int"), view);
  expect(hash(dump("17.6", "xyz", view, table("a int")))).toBe(hash(one));
  expect(hash(dump("15.18", "abc", table("b int"), view))).not.toBe(hash(one));
  expect(hash(dump("15.18", "abc", table("a int")))).not.toBe(hash(one));
  expect(normalised(one)).toContain("CREATE TABLE public.t (a int);");
  expect(normalised(one)).not.toMatch(/restrict|Dumped|lock_timeout|complete/);
});

test("a copy is made with the encoding and the sorting rules of its original", () => {
  const like = {
    encoding: "UTF8",
    collate: "C",
    ctype: "C",
    localeProvider: "builtin",
    locale: "C.UTF-8",
  } as Manifest["server"];
  expect(createDatabaseSql(`a"b`, like, 17)).toBe(
    `create database "a""b" template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C' locale_provider builtin builtin_locale 'C.UTF-8'`,
  );
  expect(createDatabaseSql("a", { ...like, localeProvider: "icu", locale: "und" }, 15)).toMatch(
    /locale_provider icu icu_locale 'und'$/,
  );
  expect(createDatabaseSql("a", { ...like, localeProvider: "libc", locale: null }, 14)).toMatch(/lc_ctype 'C'$/);
});

test("how a child ended is one sentence", () => {
  expect(howItEnded("pg_dump", { code: 1, signal: null }, "error: a\nerror: b")).toBe(
    "pg_dump ended with exit status 1: error: a; error: b",
  );
  expect(howItEnded("pg_dump", { code: null, signal: "SIGKILL" }, "")).toBe("pg_dump was ended by SIGKILL");
});
