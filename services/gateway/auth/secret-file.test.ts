import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { ConfigError } from "../config.ts";
import { createLogger } from "../telemetry/log.ts";
import { SecretFile } from "./secret-file.ts";

const [old, current, next] = ["old", "current", "next"].map((name) => name.padEnd(32, "-")) as [string, string, string];
const silent = createLogger("silent");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "golive-secrets-"));
});

const texts = (secrets: SecretFile) => secrets.current().map((secret) => Buffer.from(secret).toString());

test("the first line signs, and a changed file is read anew", () => {
  const file = join(folder, "secret");
  writeFileSync(file, `${current}\n\n  ${old}\r\n`);
  const secrets = new SecretFile(file, silent, { rereadAfterMs: 0 });
  expect(texts(secrets)).toEqual([current, old]);
  writeFileSync(file, `${next}\n${current}`);
  expect(texts(secrets)).toEqual([next, current]);
});

test("a file is not read at every token", () => {
  const file = join(folder, "secret");
  writeFileSync(file, current);
  const secrets = new SecretFile(file, silent, { rereadAfterMs: 3_600_000 });
  writeFileSync(file, next);
  expect(texts(secrets)).toEqual([current]);
});

test("a folder as Kubernetes mounts it: a file a secret, by name, also after its link moved", () => {
  const version = (name: string, files: Record<string, string>) => {
    mkdirSync(join(folder, name));
    for (const [base, text] of Object.entries(files)) writeFileSync(join(folder, name, base), text);
    rmSync(join(folder, "..data"), { force: true });
    symlinkSync(name, join(folder, "..data"));
  };
  version("..one", { "1": current, "2": old });
  symlinkSync("..data/1", join(folder, "1"));
  symlinkSync("..data/2", join(folder, "2"));
  const secrets = new SecretFile(folder, silent, { rereadAfterMs: 0 });
  expect(texts(secrets)).toEqual([current, old]);
  version("..two", { "1": next, "2": current });
  expect(texts(secrets)).toEqual([next, current]);
});

test("what becomes unreadable leaves the secrets that were there, and says so once", () => {
  const lines: string[] = [];
  const log = createLogger("info", { write: (line) => void lines.push(line) });
  const file = join(folder, "secret");
  writeFileSync(file, current);
  const secrets = new SecretFile(file, log, { rereadAfterMs: 0 });
  rmSync(file);
  expect(texts(secrets)).toEqual([current]);
  writeFileSync(file, "short");
  expect(texts(secrets)).toEqual([current]);
  expect(lines).toHaveLength(1);
  writeFileSync(file, next);
  expect(texts(secrets)).toEqual([next]);
  expect(lines).toHaveLength(2);
  expect(lines.join()).not.toContain(current);
});

test.each([
  ["no file", () => undefined, "cannot be read"],
  ["an empty file", (file: string) => writeFileSync(file, "\n"), "holds no secret"],
  ["a short secret", (file: string) => writeFileSync(file, `${current}\ncanary`), "secret 2"],
  ["nine secrets", (file: string) => writeFileSync(file, `${current}\n`.repeat(9)), "9 secrets"],
  ["a huge file", (file: string) => writeFileSync(file, "x".repeat(100_000)), "100000 bytes"],
  ["a pipe", (file: string) => void execFileSync("mkfifo", [file]), "not a file"],
  ["an empty folder", (file: string) => void mkdirSync(file), "holds no secret"],
])("%s stops the start and is named", (_what, make, message) => {
  const file = join(folder, "secret");
  make(file);
  const start = () => new SecretFile(file, silent);
  expect(start).toThrow(ConfigError);
  expect(start).toThrow(message);
  expect(start).not.toThrow("canary");
});
