import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheDir } from "../../../places.ts";

const requirements = join(import.meta.dirname, "../requirements.txt");
/** Generous: a slow index and a busy machine. */
const installMs = 600_000;

/** Why the tracker cannot be run here, for `describe.skipIf`; undefined when it can. */
export function pythonMissing(): string | undefined {
  const asked = "import sys, venv, ensurepip, sqlite3; print(sys.version_info >= (3, 11))";
  const { stdout } = spawnSync("python3", ["-c", asked], { encoding: "utf8" });
  return stdout?.trim() === "True" ? undefined : "no Python 3.11 or newer with venv: install `python3-venv`";
}

/**
 * A Python with exactly what the image has, installed as the image installs it, once for each requirements.txt, under the cache.
 * @returns its path. @throws when pip fails, with what it said
 */
export function ensurePythonPackages(): string {
  const hash = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const folder = join(cacheDir(), `bugsink-${hash}`);
  const python = join(folder, "bin/python3");
  const finished = join(folder, "finished");
  if (existsSync(finished)) return python;
  // Scripts of a venv name its path, so it is made where it stays, and half of one is made anew.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  const run = (file: string, ...args: string[]) =>
    execFileSync(file, args, { stdio: ["ignore", "ignore", "pipe"], timeout: installMs });
  run("python3", "-m", "venv", folder);
  run(python, "-m", "pip", "install", "--require-hashes", "--no-deps", "--only-binary=:all:", "-r", requirements);
  writeFileSync(finished, "");
  return python;
}
