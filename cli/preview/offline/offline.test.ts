import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { runChild } from "../../core/child.ts";
import type { World } from "../../core/world.ts";
import { fakeWorld } from "../../testing/fake-world.ts";
import { previewModel } from "../build.ts";
import { markdown } from "../markdown.ts";
import { offline } from "./offline.ts";

const packages = join(import.meta.dirname, "../../../node_modules");

/** A repository whose program makes two things, one of them out of a workspace package of its own. */
const program = (replicas: number, extra = "") => `
import * as pulumi from "@pulumi/pulumi";
import { image } from "@golive/local/image.ts";
export async function runStack(stack) {
  await pulumi.runtime.setMocks({ call: () => ({}), newResource: ({ name, inputs }) => ({ id: name, state: inputs }) }, "golive", stack, false);
  await pulumi.runtime.runInPulumiStack(async () => {
    new pulumi.CustomResource("kubernetes:apps/v1:Deployment", "gateway", { spec: { replicas: ${replicas}, image, password: pulumi.secret("s3cret-${replicas}") } }, { protect: true });
    ${extra}
    return {};
  });
  await pulumi.runtime.disconnect();
}
`;
const claim = (name: string) =>
  `new pulumi.CustomResource("kubernetes:core/v1:PersistentVolumeClaim", "data", { metadata: { name: "${name}" } });`;

let repo: string;
let world: World;
beforeEach(() => {
  const fake = fakeWorld();
  repo = mkdtempSync(join(tmpdir(), "golive offline "));
  onTestFinished(() => rmSync(repo, { recursive: true, force: true }));
  world = {
    ...fake.world,
    places: { ...fake.world.places, repo },
    terminal: fake.world.terminal,
    spawn: (file, args, options) => runChild(file, args, options),
  };
  write("package.json", '{"type":"module"}');
  write("infra/package.json", '{"type":"module"}');
  write("local/package.json", '{"name":"@golive/local","type":"module","exports":{"./*":"./*"}}');
  write("local/image.ts", 'export const image = "gateway:1";');
  write("Pulumi.dev.yaml", "config: {}");
  write(".gitignore", "node_modules/");
  write("infra/testing/stacks.ts", program(2, claim("data")));
  mkdirSync(join(repo, "node_modules/@golive"), { recursive: true });
  symlinkSync(join(packages, "@pulumi"), join(repo, "node_modules/@pulumi"));
  symlinkSync("../../local", join(repo, "node_modules/@golive/local"));
  git("init", "-q");
  git("add", ".");
  git("-c", "user.name=t", "-c", "user.email=t@t.invalid", "commit", "-q", "-m", "base");
});

function write(name: string, content: string): void {
  const path = join(repo, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
const git = (...args: string[]) => execFileSync("git", ["-C", repo, ...args], { encoding: "utf8" });
async function compared(stack = "dev", base = "HEAD") {
  const { observed, about } = await offline(world, stack, base);
  return previewModel(observed, { stack, source: "graph", complete: true, about });
}
const temporary = () => readdirSync(tmpdir()).filter((name) => name.startsWith("golive-graphs-"));

test("without a change nothing changes", async () => {
  expect((await compared()).counts).toEqual({ same: 2 });
});

test("what the working tree changes shows, a package of the repository included, and secrets do not", async () => {
  write("infra/testing/stacks.ts", program(3, claim("data")));
  write("local/image.ts", 'export const image = "gateway:2";');
  const model = await compared();
  expect(model.rows).toMatchObject([{ op: "update", name: "gateway", protect: true }]);
  expect(model.rows[0]?.changes).toEqual([
    { path: "spec.image", kind: "change", replaces: false, before: '"gateway:1"', after: '"gateway:2"' },
    { path: "spec.password", kind: "change", replaces: false, hidden: "secret" },
    { path: "spec.replicas", kind: "change", replaces: false, before: "2", after: "3" },
  ]);
  const page = markdown(model);
  expect(page).toMatch(/^### Graph comparison of `dev`: 1 update/);
  expect(page).toContain("not the engine's plan");
  expect(page).not.toContain("s3cret");
});

test("a volume that goes away, or gets another name, is in danger here too", async () => {
  write("infra/testing/stacks.ts", program(2));
  expect((await compared()).risks).toMatchObject([{ op: "delete" }]);
  write("infra/testing/stacks.ts", program(2, claim("other")));
  expect((await compared()).risks).toMatchObject([{ op: "replace" }]);
});

test("a stack that the base does not have is all new", async () => {
  write("Pulumi.new.yaml", "config: {}");
  expect((await compared("new")).counts).toEqual({ create: 2 });
});

test("a program that does not run, and a commit that is not there, are named; nothing is left behind", async () => {
  const before = temporary();
  write("infra/testing/stacks.ts", "export async function runStack() { throw new TypeError('no image'); }");
  await expect(compared()).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: expect.stringMatching(/working tree: TypeError: no image/),
  });
  for (const ref of ["nowhere", `--output=${join(repo, "x")}`, "HEAD; true"])
    await expect(compared("dev", ref)).rejects.toMatchObject({ code: "USAGE" });
  await expect(compared("unknown")).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  expect(temporary()).toEqual(before);
  expect(git("worktree", "list").trim().split("\n")).toHaveLength(1);
  expect(existsSync(join(repo, "x"))).toBe(false);
});
