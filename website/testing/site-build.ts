import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { siteFolder } from "../site.ts";

/** Outside of the run's temporary folder, so that the next run finds it. */
const builds = join(siteFolder, "node_modules/.cache/test-builds");
const sources = ["src", "plugins", "build-steps", "server/script-hashes.ts", "static"]
  .concat(["docusaurus.config.ts", "sidebars.ts", "redirects.ts", "site.ts", "build.ts", "package-lock.json"])
  .map((name) => join(siteFolder, name));

export const pagesOfTests = join(siteFolder, "testing/pages");

/** Why the site cannot be built or looked at here; undefined when it can. */
export function missingForBuild(): string | undefined {
  return existsSync(join(siteFolder, "node_modules/@docusaurus/core"))
    ? undefined
    : "website/node_modules is missing: run npm ci in website/";
}

/** How long a build may take on a machine that does much else. */
export const buildLimitMs = 300_000;

/** The folder of the site over the tests' pages, or over others: built by the first who asks, and again only when a source has changed. */
export async function builtSite(pages = pagesOfTests): Promise<string> {
  // One build for each folder of pages is kept.
  const kind = `${basename(pages)}-`;
  const folder = join(builds, kind + digest([...sources, pages].flatMap(filesOf)));
  if (existsSync(folder)) return folder;
  mkdirSync(builds, { recursive: true });
  const lock = join(builds, "lock");
  const ends = Date.now() + buildLimitMs;
  while (!taken(lock)) {
    if (existsSync(folder)) return folder;
    if (Date.now() > ends) throw new Error(`another build holds ${lock} for ${buildLimitMs / 1000} s`);
    await sleep(250);
  }
  try {
    if (!existsSync(folder)) await build(pages, kind, folder);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
  return folder;
}

async function build(pages: string, kind: string, folder: string): Promise<void> {
  for (const old of readdirSync(builds))
    if (old.startsWith(kind)) rmSync(join(builds, old), { recursive: true, force: true });
  const unfinished = `${folder}.partial`;
  await buildSite(pages, unfinished);
  renameSync(unfinished, folder);
}

/** Rejects with what the build printed. */
export async function buildSite(pages: string, outDir: string): Promise<void> {
  // A folder for each build: two at once would mix their pages.
  const generated = join(".docusaurus-test", randomUUID());
  const env = {
    ...process.env,
    RUNBOOKS_PAGES: pages,
    RUNBOOKS_REPOSITORY: "https://example.com/platform",
    DOCUSAURUS_GENERATED_FILES_DIR_NAME: generated,
    // What Rspack keeps between builds knows one such folder alone.
    DOCUSAURUS_NO_PERSISTENT_CACHE: "1",
    NO_COLOR: "1",
  };
  try {
    await promisify(execFile)(process.execPath, ["build.ts", outDir], { cwd: siteFolder, env, timeout: buildLimitMs });
  } finally {
    rmSync(join(siteFolder, generated), { recursive: true, force: true });
  }
}

/** A lock whose holder was killed is older than any build. */
function taken(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    if (existsSync(lock) && Date.now() - statSync(lock).mtimeMs > buildLimitMs)
      rmSync(lock, { recursive: true, force: true });
    return false;
  }
}

function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function digest(files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files)
    hash.update(file.slice(siteFolder.length)).update("\0").update(readFileSync(file)).update("\0");
  return hash.digest("hex").slice(0, 16);
}
