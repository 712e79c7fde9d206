import { chmod, mkdir, mkdtemp, rename, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { withBases } from "./build-plans.ts";
import { type Recipe, recipes } from "./images.ts";
import { planImages } from "./plan.ts";

let repo = "";

beforeEach(async () => {
  vi.stubEnv("XDG_CACHE_HOME", await mkdtemp(join(tmpdir(), "cache-")));
  repo = await mkdtemp(join(tmpdir(), "repo-"));
  await mkdir(join(repo, "app", "inner"), { recursive: true });
  await writeFile(join(repo, "Dockerfile"), "FROM scratch\nCOPY app /app\n");
  await writeFile(join(repo, "base"), "FROM scratch\n");
  await writeFile(join(repo, "app", "main.ts"), "main");
  await writeFile(join(repo, "app", "inner", "part.ts"), "part");
});

const table = {
  ...recipes,
  debian: { ...recipes.debian, dockerfile: "base", inputs: [] } satisfies Recipe,
  pause: { ...recipes.pause, dockerfile: "Dockerfile", base: "debian", inputs: [{ repo: "app" }] } satisfies Recipe,
};
const tag = async (given: typeof recipes = table) => (await planImages(["pause"], given, repo)).pause.tag;

test("content, name or mode of a file, the Dockerfile, the base's Dockerfile and the description change the tag", async () => {
  const tags = [await tag()];
  await writeFile(join(repo, "app", "inner", "part.ts"), "parT");
  tags.push(await tag());
  await rename(join(repo, "app", "inner", "part.ts"), join(repo, "app", "inner", "piece.ts"));
  tags.push(await tag());
  await chmod(join(repo, "app", "main.ts"), 0o755);
  tags.push(await tag());
  await writeFile(join(repo, "Dockerfile"), "FROM scratch\nCOPY app /other\n");
  tags.push(await tag());
  await writeFile(join(repo, "base"), "FROM scratch\nENV A=1\n");
  tags.push(await tag());
  tags.push(await tag({ ...table, pause: { ...table.pause, about: "another" } }));
  expect(new Set(tags).size).toBe(tags.length);
});

test("times, the umask, tests, README and node_modules do not change the tag", async () => {
  const before = await tag();
  await utimes(join(repo, "app", "main.ts"), 1, 1);
  await chmod(join(repo, "app", "main.ts"), 0o600);
  await writeFile(join(repo, "app", "main.test.ts"), "test");
  await writeFile(join(repo, "app", "README.md"), "read me");
  await mkdir(join(repo, "app", "node_modules"));
  await writeFile(join(repo, "app", "node_modules", "x.js"), "x");
  expect(await tag()).toBe(before);
});

test("a remembered digest of a big file is forgotten when the file changes", async () => {
  const big = join(repo, "app", "big");
  await writeFile(big, Buffer.alloc(2_000_000, 1));
  const before = await tag();
  expect(await tag()).toBe(before);
  await writeFile(big, Buffer.alloc(2_000_000, 2));
  expect(await tag()).not.toBe(before);
});

test("an input that is not there is named", async () => {
  const broken = { ...table, pause: { ...table.pause, inputs: [{ repo: "gone" }] } };
  await expect(tag(broken)).rejects.toMatchObject({
    code: "IMAGE_BUILD_FAILED",
    message: "gone is not in the repository",
  });
});

test("bases that the storage lacks are built first, and once", async () => {
  const two = { ...table, coredns: { ...table.pause, stages: { OTHER: "debian" } } satisfies Recipe };
  const plans = await planImages(["pause", "coredns"], two, repo);
  const missing = [plans.pause, plans.coredns];
  expect(withBases(missing, new Set()).map(({ name }) => name)).toEqual(["debian", "pause", "coredns"]);
  const debian = plans.pause.from[0];
  expect(withBases(missing, new Set([debian?.ref ?? ""])).map(({ name }) => name)).toEqual(["pause", "coredns"]);
});
