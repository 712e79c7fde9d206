import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { buildImage } from "./build-image.ts";
import { type Recipe, recipes } from "./images.ts";
import { archiveOf, imagesDir, type Plan, planImages } from "./plan.ts";
import type { Run } from "./run.ts";

const silent = () => undefined;
let repo = "";

beforeEach(async () => {
  vi.stubEnv("XDG_CACHE_HOME", await mkdtemp(join(tmpdir(), "cache-")));
  repo = await mkdtemp(join(tmpdir(), "repo-"));
  await writeFile(join(repo, "Dockerfile"), "FROM scratch\nCOPY greeting /\n");
  await writeFile(join(repo, "greeting"), "hello");
  await writeFile(join(repo, "stray"), "not an input");
});

async function planned(): Promise<Plan> {
  const pause: Recipe = { ...recipes.pause, dockerfile: "Dockerfile", inputs: [{ repo: "greeting" }] };
  return (await planImages(["pause"], { ...recipes, pause }, repo)).pause;
}

/** A buildah that writes the archive it is told to, or fails at one verb. */
function fakeBuildah(failAt?: "bud" | "push"): { run: Run; contexts: string[][] } {
  const contexts: string[][] = [];
  const run: Run = async (_program, args) => {
    if (args.includes("bud")) contexts.push(await readdir(args.at(-1) ?? ""));
    const target = args.at(-1) ?? "";
    if (args.includes("push")) await writeFile(target.split(":")[1] ?? "", "half");
    if (failAt && args.includes(failAt)) throw new Error(`${failAt} failed`);
    return "";
  };
  return { run, contexts };
}

test("the build sees the inputs and nothing else, and leaves one archive", async () => {
  const plan = await planned();
  const { run, contexts } = fakeBuildah();
  await buildImage(plan, run, silent);
  expect(contexts).toEqual([["Dockerfile.golive", "greeting"]]);
  expect(await readFile(archiveOf(plan), "utf8")).toBe("half");
  expect(await readdir(join(imagesDir(), "work"))).toEqual([]);
});

test.each(["bud", "push"] as const)(
  "when %s fails there is no archive under the final name and no context",
  async (verb) => {
    const plan = await planned();
    await expect(buildImage(plan, fakeBuildah(verb).run, silent)).rejects.toThrow(`${verb} failed`);
    expect(existsSync(archiveOf(plan))).toBe(false);
    expect(await readdir(join(imagesDir(), "work"))).toEqual([]);
  },
);
