import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ensureArchives, repoRoot } from "@golive/local/images/archives.ts";
import { type Recipe, recipes } from "@golive/local/images/images.ts";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

// Real builds into a cache of their own. Needs root, a mirror of Debian and Go; not a cluster.
const run = promisify(execFile);
const minutes = 60_000;

let cache = "";
let repo = "";
const images = () => join(cache, "golive", "images");
const archives = async () => (await readdir(images())).filter((name) => /\.tar/.test(name)).sort();

beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), "golive-images-"));
  repo = await mkdtemp(join(tmpdir(), "golive-repo-"));
  // Bases are built from it as well.
  await cp(join(repoRoot, "local", "images"), join(repo, "local", "images"), { recursive: true });
  vi.stubEnv("XDG_CACHE_HOME", cache);
});
afterAll(async () => {
  await Promise.all([cache, repo].map((folder) => rm(folder, { recursive: true, force: true })));
});

interface Told {
  readonly lines: string[];
  readonly stop: AbortController;
}
const told = (): Told => ({ lines: [], stop: new AbortController() });
const build = <N extends "pause" | "valkey">(names: readonly N[], { lines, stop }: Told = told(), table = recipes) =>
  ensureArchives({
    names,
    recipes: table,
    ...(table === recipes ? {} : { repo }),
    report: (line) => lines.push(line),
    signal: stop.signal,
  });

/** A recipe with a Dockerfile of the test's own. */
async function own(dockerfile: string, more: Partial<Recipe> = {}): Promise<typeof recipes> {
  await writeFile(join(repo, "Dockerfile"), dockerfile);
  await writeFile(join(repo, "greeting"), "hello");
  const pause = { ...recipes.pause, dockerfile: "Dockerfile", inputs: [{ repo: "greeting" }], ...more };
  return { ...recipes, pause };
}

/** The image's config, as the archive holds it. */
async function configOf(
  archive: string,
): Promise<{ User: string; Entrypoint: string[]; Labels: Record<string, string> }> {
  const json = async (path: string) => JSON.parse((await run("tar", ["-xOf", archive, path])).stdout);
  const blob = (digest: string) => `blobs/${digest.replace(":", "/")}`;
  const index = await json("index.json");
  const manifest = await json(blob(index.manifests[0].digest));
  return (await json(blob(manifest.config.digest))).config;
}

test("pause and valkey build, run as 10001 and say what they are", { timeout: 10 * minutes }, async () => {
  const made = await build(["pause", "valkey"]);
  expect(made.pause.ref).toMatch(/^localhost\/golive\/pause:[0-9a-f]{12}$/);
  for (const [name, { archive }] of Object.entries(made))
    expect(await configOf(archive)).toMatchObject({
      User: "10001:10001",
      Labels: { "org.opencontainers.image.title": `golive-${name}` },
    });
  expect((await configOf(made.valkey.archive)).Entrypoint).toEqual(["/usr/bin/valkey-server"]);
  expect(await archives()).toHaveLength(2);
});

test("a second run builds nothing and takes no time", { timeout: minutes }, async () => {
  const { lines, stop } = told();
  const began = performance.now();
  await build(["pause", "valkey"], { lines, stop });
  expect(lines).toEqual([]);
  expect(performance.now() - began).toBeLessThan(2000);
});

test("a touched input builds anew, a step back does not, and the third build ends the first", {
  timeout: 2 * minutes,
}, async () => {
  const table = await own("FROM scratch\nCOPY greeting /\nUSER 10001:10001\n");
  const refs: string[] = [];
  for (const greeting of ["one", "two", "three"]) {
    await writeFile(join(repo, "greeting"), greeting);
    refs.push((await build(["pause"], told(), table)).pause.ref);
  }
  expect(new Set(refs).size).toBe(3);
  const kept = (await archives()).filter((name) => name.startsWith("pause-"));
  expect(kept).toEqual(
    refs
      .slice(1)
      .map((ref) => `pause-${ref.split(":")[1]}.tar`)
      .sort(),
  );
  const back = told();
  await writeFile(join(repo, "greeting"), "two");
  expect((await build(["pause"], back, table)).pause.ref).toBe(refs[1]);
  expect(back.lines).toEqual([]);
});

test("two runs at once build once", { timeout: 2 * minutes }, async () => {
  const table = await own("FROM scratch\nCOPY greeting /at-once\nUSER 10001:10001\n");
  const [first, second] = [told(), told()];
  await Promise.all([build(["pause"], first, table), build(["pause"], second, table)]);
  const builds = [...first.lines, ...second.lines].filter((line) => line.includes("built in"));
  expect(builds).toHaveLength(1);
});

test("a build that fails says what its program said, and leaves nothing half-done", {
  timeout: 2 * minutes,
}, async () => {
  const before = await archives();
  const table = await own("ARG BASE_IMAGE\nFROM $BASE_IMAGE\nCOPY greeting /\nRUN echo the reason >&2 && exit 7\n", {
    base: "debian",
  });
  await expect(build(["pause"], told(), table)).rejects.toMatchObject({
    code: "IMAGE_BUILD_FAILED",
    message: expect.stringMatching(/^image pause did not build: buildah[\s\S]*the reason/),
  });
  await expectClean(before);
});

test("Ctrl-C ends the build's processes and leaves nothing behind", { timeout: 2 * minutes }, async () => {
  const before = await archives();
  const table = await own("ARG BASE_IMAGE\nFROM $BASE_IMAGE\nCOPY greeting /\nRUN sleep 7141\n", { base: "debian" });
  const { lines, stop } = told();
  const ended = build(["pause"], { lines, stop }, table);
  const failure = expect(ended).rejects.toMatchObject({ code: "INTERRUPTED", exit: 130 });
  await expect.poll(() => processes("sleep 7141"), { timeout: minutes }).toBeGreaterThan(0);
  stop.abort();
  await failure;
  expect(await processes("sleep 7141")).toBe(0);
  await expectClean(before);
});

describe("a full disk", () => {
  test("is found before anything is built, with what is free and what is needed", { timeout: minutes }, async () => {
    const { code, message, left } = await onSmallDisk(50, "before");
    expect(code).toBe("DISK_FULL");
    expect(message).toMatch(/^\d+ MB free at \S+\/golive\/images, the images to build need 220 MB$/);
    expect(left).toEqual([]);
  });

  test("that fills up during a build is told the same way and leaves no half archive", {
    timeout: minutes,
  }, async () => {
    const { code, message, left, began } = await onSmallDisk(400, "during");
    expect(began).toBe(true);
    expect(`${code}: ${message}`).toMatch(/^DISK_FULL: \d+ MB free at /);
    expect(left).toEqual([]);
  });
});

async function expectClean(before: readonly string[]): Promise<void> {
  expect(await archives()).toEqual(before);
  expect(existsSync(join(images(), "work"))).toBe(false);
  const mounts = await readFile("/proc/self/mounts", "utf8");
  expect(mounts).not.toContain(cache);
  const { stdout } = await run("buildah", [
    ...["--root", join(images(), "storage"), "--runroot", join(images(), "run"), "containers", "--quiet"],
  ]);
  expect(stdout).toBe("");
}

async function processes(commandLine: string): Promise<number> {
  const { stdout } = await run("ps", ["-eo", "args"]);
  return stdout.split("\n").filter((line) => line.endsWith(commandLine) && !line.includes("sh -c")).length;
}

/** Builds with a cache on a small file system, which is gone with the process: it is mounted in a namespace of its own. */
async function onSmallDisk(megabytes: number, when: "before" | "during") {
  const program = join(import.meta.dirname, "images-on-a-small-disk.ts");
  const script = `mount -t tmpfs -o size=${megabytes}m tmpfs "$1" && exec "$2" "$3" "$1" "$4"`;
  const place = await mkdtemp(join(tmpdir(), "golive-small-"));
  try {
    const { stdout } = await run("unshare", [
      "--mount",
      "sh",
      "-c",
      script,
      "sh",
      place,
      process.execPath,
      program,
      when,
    ]);
    return JSON.parse(stdout) as { code: string; message: string; left: string[]; began: boolean };
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}
