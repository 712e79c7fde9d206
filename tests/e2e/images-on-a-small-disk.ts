// Run by images.test.ts in a mount namespace, with a small file system at the folder given: prints how the build ended.
import { openSync, writeSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { ensureArchives } from "@golive/local/images/archives.ts";
import { recipes } from "@golive/local/images/images.ts";

const [place = "", when = ""] = process.argv.slice(2);
process.env.XDG_CACHE_HOME = join(place, "cache");
const repo = join(place, "repo");
await mkdir(repo, { recursive: true });
await writeFile(join(repo, "Dockerfile"), "FROM scratch\nCOPY filler /\nUSER 10001:10001\n");
// Random, so that it does not shrink.
const filler = Buffer.alloc(15_000_000);
for (let i = 0; i < filler.length; i += 65_536) crypto.getRandomValues(filler.subarray(i, i + 65_536));
await writeFile(join(repo, "filler"), filler);

const pause = { ...recipes.pause, dockerfile: "Dockerfile", inputs: [{ repo: "filler" }] };
const options = {
  names: ["pause"] as const,
  recipes: { ...recipes, pause },
  repo,
  signal: new AbortController().signal,
};
let began = false;
let ended: unknown;
try {
  await ensureArchives({ ...options, report });
} catch (error) {
  ended = error;
}
const images = join(place, "cache", "golive", "images");
const left = (await readdir(images)).filter((name) => name.includes(".tar") || name === "work");
const told =
  ended instanceof GoliveError ? { code: ended.code, message: ended.message } : { code: String(ended), message: "" };
console.log(JSON.stringify({ ...told, left, began }));

/** The disk fills up once the build has begun, after its free space was found enough. */
function report(line: string): void {
  if (when !== "during" || began || !line.includes("STEP 1/")) return;
  began = true;
  const ballast = openSync(join(place, "ballast"), "w");
  const megabyte = Buffer.alloc(1_000_000);
  try {
    for (;;) writeSync(ballast, megabyte);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
  }
}
