import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Recipe } from "./images.ts";
import { images } from "./images.ts";
import { loadIntoContext, takesImages } from "./load-into-context.ts";
import { archiveOf, planImages } from "./plan.ts";

let home: string;
const signal = new AbortController().signal;
const recipes = { ...images, pause: { ...images.pause, base: "scratch", inputs: [{ repo: "VERSION" }] } } as Record<
  keyof typeof images,
  Recipe
>;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "golive-load-"));
  vi.stubEnv("XDG_CACHE_HOME", join(home, "cache"));
  vi.stubEnv("PATH", `${join(home, "bin")}:${process.env.PATH}`);
  mkdirSync(join(home, "bin"));
  // The image is built already: what is tried here is its way into the cluster.
  mkdirSync(join(home, "local/images/pause"), { recursive: true });
  writeFileSync(join(home, "VERSION"), "1");
  writeFileSync(join(home, "local/images/pause/Dockerfile"), "FROM scratch");
  const { pause } = await planImages(["pause"], recipes, home);
  mkdirSync(join(archiveOf(pause), ".."), { recursive: true });
  writeFileSync(archiveOf(pause), "archive");
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true, force: true });
});

function program(name: string, script: string): void {
  writeFileSync(join(home, "bin", name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(home, "bin", name), 0o755);
}
const calls = () => readFileSync(join(home, "calls"), "utf8").trim().split("\n");
const load = (context: string, cluster = "uid-1") =>
  loadIntoContext({
    context,
    cluster,
    memory: join(home, "loaded.json"),
    names: ["pause"],
    recipes,
    repo: home,
    report: () => undefined,
    signal,
  });

test.each([
  ["kind-dev", "kind", /^load image-archive \S+ --name dev$/],
  ["k3d-dev", "k3d", /^image import \S+ --cluster dev$/],
  ["minikube", "minikube", /^image load \S+ --profile minikube$/],
  ["docker-desktop", "docker", /^load --input \S+$/],
])("images go into %s by %s, once a cluster", async (context, name, command) => {
  program(name, `echo "$@" >> ${join(home, "calls")}`);
  const { pause } = await load(context);
  expect(pause).toMatch(/^localhost\/golive\/pause:[0-9a-f]{12}$/);
  expect(calls()).toEqual([expect.stringMatching(command)]);
  await load(context);
  expect(calls()).toHaveLength(1);
  // The same name, another cluster: made anew, and empty.
  await load(context, "uid-2");
  expect(calls()).toHaveLength(2);
});

test("a missing program and a refused archive are told by name", async () => {
  vi.stubEnv("PATH", "/nowhere");
  await expect(load("kind-dev")).rejects.toMatchObject({
    code: "TOOL_MISSING",
    message: expect.stringContaining("kind"),
  });
  vi.stubEnv("PATH", `${join(home, "bin")}:/usr/bin:/bin`);
  program("kind", `echo 'ERROR: no nodes found for cluster "dev"' >&2; exit 1`);
  await expect(load("kind-dev")).rejects.toMatchObject({
    code: "IMAGE_BUILD_FAILED",
    message: 'kind could not load image pause: ERROR: no nodes found for cluster "dev"',
  });
});

test("a cluster in the cloud takes no image from here", () => {
  expect(takesImages("arn:aws:eks:eu-central-1:123456789012:cluster/production")).toBe(false);
  expect(takesImages("production")).toBe(false);
});
