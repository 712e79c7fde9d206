import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { passwordOf } from "./pgpass.ts";
import { readPostgresConfig } from "./postgres.ts";

const home = mkdtempSync(join(tmpdir(), "golive-backup-postgres-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const file = (name: string, content: string): string => {
  writeFileSync(join(home, name), content);
  return join(home, name);
};
const password = `p@:/?#[]&%$'"\\ é`;
const base = { PGDATABASE: "app", PGUSER: "backup" };

test("the same password comes from a file, a variable, an address and a pgpass file", () => {
  const escaped = password.replaceAll("\\", "\\\\").replaceAll(":", "\\:");
  const url = `postgres://backup:${encodeURIComponent(password)}@db.example:5433/app`;
  for (const env of [
    { ...base, PGPASSWORD_FILE: file("password", `${password}\n`) },
    { ...base, PGPASSWORD: password },
    { DATABASE_URL: url },
    { DATABASE_URL_FILE: file("url", `${url}\n`) },
    { ...base, PGPASSFILE: file("pgpass", `# ours\nelsewhere:*:*:*:no\n*:5432:app:backup:${escaped}\n`) },
  ])
    expect(readPostgresConfig(env).password, JSON.stringify(Object.keys(env))).toBe(password);
});

test("an address goes before the other variables, part by part", () => {
  const env = { ...base, PGHOST: "old", PGPASSWORD_FILE: file("other", "other") };
  expect(readPostgresConfig({ ...env, DATABASE_URL: "postgresql://u%40x:p@[::1]:5433/a%2Fb" })).toMatchObject({
    host: "::1",
    port: 5433,
    user: "u@x",
    password: "p",
    database: "a/b",
  });
  expect(readPostgresConfig({ ...env, DATABASE_URL: "postgres://db.example" })).toMatchObject({
    host: "db.example",
    port: 5432,
    user: "backup",
    password: "other",
    database: "app",
  });
});

test.each(["postgres://backup:p@ss:word@[db/app", "mysql://a:hunter2@b/c", "hunter2", "postgres://u:%zz@h/d"])(
  "an address that is none is refused, and not quoted: %s",
  (url) => {
    const read = () => readPostgresConfig({ DATABASE_URL: url });
    expect(read).toThrow(/DATABASE_URL is no address/);
    expect(read).not.toThrow(/hunter2|p@ss|%zz/);
  },
);

test("a pgpass file is read as libpq reads it", () => {
  const login = { host: "h", port: "5432", database: "a:b", user: "u\\v" };
  expect(passwordOf("h:5432:a\\:b:u\\\\v:secret", login)).toBe("secret");
  expect(passwordOf("h:5432:a\\:b:other:no\n*:*:*:*:any\nh:5432:a\\:b:u\\\\v:later", login)).toBe("any");
  expect(passwordOf("\\*:5432:a\\:b:u\\\\v:no", login)).toBeUndefined();
  expect(passwordOf("h:5432:a\\:b", login)).toBeUndefined();
});

test("a standby has its own host, and the primary's port unless told otherwise", () => {
  expect(readPostgresConfig(base).standby).toBeUndefined();
  expect(readPostgresConfig({ ...base, PGHOST_STANDBY: "ro" }).standby).toEqual({ host: "ro", port: 5432 });
  expect(readPostgresConfig({ ...base, PGHOST_STANDBY: "ro", PGPORT_STANDBY: "6432" }).standby?.port).toBe(6432);
});
