import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { type FakeWorld, fakeWorld } from "../testing/fake-world.ts";
import { previewDocument } from "./document.ts";
import { digest, step, urnOf } from "./testing/digest.ts";

let fake: FakeWorld;
let folder: string;
beforeEach(() => {
  fake = fakeWorld();
  folder = mkdtempSync(join(tmpdir(), "golive-preview-verb-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

const claim = "urn:pulumi:local::golive::kubernetes:core/v1:PersistentVolumeClaim::data";
const gateway = "urn:pulumi:local::golive::kubernetes:apps/v1:Deployment::gateway";
const event = (op: string, urn: string, before: object | undefined, after: object | undefined) => ({
  sequence: 1,
  resourcePreEvent: {
    metadata: { op, urn, old: before && { urn, inputs: before }, new: after && { urn, inputs: after } },
  },
});
const summary = (resourceChanges: object) => ({ sequence: 2, summaryEvent: { resourceChanges } });
const update = event("update", gateway, { spec: { replicas: 2 } }, { spec: { replicas: 3 } });
const deletion = event("delete", claim, { spec: {} }, undefined);
const written = (name: string, document: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(document));
  return path;
};

test("a preview without danger ends with 0 and shows what changes", async () => {
  fake.events = [update, summary({ update: 1, same: 40 })];
  const { exit, stdout } = await fake.golive("preview");
  expect(exit).toBe(0);
  expect(stdout).toContain("Preview of local: 1 update");
  expect(stdout).toContain("spec.replicas: 2 → 3");
  expect(stdout).not.toContain("\u001b");
});

test("deleting a volume ends with 3 and the --allow that would let it pass, and with it ends with 0", async () => {
  fake.events = [deletion, summary({ delete: 1 })];
  const refused = await fake.golive("preview");
  expect(refused.exit).toBe(3);
  expect(refused.stdout).toContain(claim);
  expect(fake.lines.join("\n")).toContain(`error DATA_AT_RISK: `);
  expect(fake.lines.join("\n")).toContain(`--allow '${claim}'`);
  expect((await fake.golive("preview", "--allow", claim)).exit).toBe(0);
});

test("a plan stays for whoever agrees to it, but not one that a policy refuses or that failed", async () => {
  const plan = join(folder, "change.plan");
  const planned = async () => {
    writeFileSync(plan, "{}");
    await fake.golive("preview", "--plan", plan);
    return existsSync(plan);
  };
  fake.events = [deletion, summary({ delete: 1 })];
  expect(await planned()).toBe(true);
  fake.policies = () => [{ policy: "nonRoot", resource: "gateway", message: "may run as root", severity: "error" }];
  expect(await planned()).toBe(false);
  fake.policies = () => [];
  fake.previewFailure = new GoliveError("UPDATE_FAILED", "the server is not there", "Start it.");
  expect(await planned()).toBe(false);
});

test("a preview that failed ends with 1 and still shows what was seen, with the engine's reason", async () => {
  fake.events = [update];
  fake.previewFailure = new GoliveError("UPDATE_FAILED", "the server is not there", "Start it.");
  const { exit, stdout } = await fake.golive("preview", "--format", "md");
  expect(exit).toBe(1);
  expect(stdout).toContain("(incomplete)");
  expect(stdout).toContain("`the server is not there`");
  expect(stdout).toContain("`spec.replicas`");
});

test("--json is a document of the published form, and --format json prints the same", async () => {
  fake.events = [update, summary({ update: 1, same: 1 }), event("same", "urn:pulumi:local::golive::t:t:T::x", {}, {})];
  const { stdout } = await fake.golive("preview", "--json");
  const document = previewDocument.parse(JSON.parse(stdout));
  expect(document).toMatchObject({
    stack: "local",
    unchanged: false,
    changes: { update: 1 },
    planned: ["update Deployment gateway"],
  });
  expect((await fake.golive("preview", "--format", "json")).stdout).toBe(stdout);
});

test("--out writes a file and leaves stdout to one line; what was cut is whole beside it", async () => {
  fake.events = Array.from({ length: 2_000 }, (_, at) => event("create", `${gateway}-${at}`, undefined, { a: at }));
  const out = join(folder, "deep/preview.md");
  const { stdout } = await fake.golive("preview", "--format", "md", "--out", out);
  expect(stdout).toBe(`written to ${out}, cut to fit a comment; whole in ${join(folder, "deep/preview.full.md")}\n`);
  expect(Buffer.byteLength(readFileSync(out))).toBeLessThanOrEqual(65_536);
  expect(readFileSync(join(folder, "deep/preview.full.md"), "utf8")).toContain("gateway-1999");
  fake.events = [update];
  await fake.golive("preview", "--out", join(folder, "small.txt"));
  expect(existsSync(join(folder, "small.full.txt"))).toBe(false);
});

test("--refresh and --plan reach the engine", async () => {
  await fake.golive("preview", "--refresh", "--plan", join(folder, "plan"));
  expect(fake.calls).toContain(`preview --refresh --plan ${join(folder, "plan")}`);
});

test("--from renders what another preview printed, and starts nothing", async () => {
  const path = written("digest.json", digest([step("logs", { op: "delete", newState: null })], { delete: 1 }));
  const { exit, stdout } = await fake.golive("preview", "--from", path);
  expect(exit).toBe(3);
  expect(stdout).toContain(urnOf("logs"));
  expect(fake.calls).toEqual([]);
  const strict = written("odd.json", digest([step("logs", { op: "teleport" })], { teleport: 1 }));
  expect((await fake.golive("preview", "--from", strict)).exit).toBe(0);
  expect((await fake.golive("preview", "--from", strict, "--strict")).exit).toBe(1);
  // Without counts it is the document of a run that failed.
  expect((await fake.golive("preview", "--from", written("cut.json", digest([])))).exit).toBe(1);
});

test("--state opens a stack of its own: another backend, another key, no secret of the real one", async () => {
  const state = written("state.json", { version: 3, deployment: {} });
  const file = join(fake.world.places.repo, "Pulumi.local.yaml");
  const encrypted = "config:\n  golive:seed: {secure: v1:y}\n";
  writeFileSync(file, `encryptionsalt: v1:z\n${readFileSync(file, "utf8").replace("config:\n", encrypted)}`);
  let seen = "";
  fake.duringPreview = () => {
    seen = readFileSync(join(fake.targets[0]?.workDir ?? "", "Pulumi.local.yaml"), "utf8");
  };
  const { exit, stderr } = await fake.golive("preview", "--state", state);
  expect(exit, stderr).toBe(0);
  expect(seen).toContain("golive:environment: local");
  expect(seen).not.toMatch(/secure|encryptionsalt/);
  const [target] = fake.targets;
  expect(target?.env["PULUMI_BACKEND_URL"]).toMatch(/golive-preview-/);
  expect(target?.env["PULUMI_CONFIG_PASSPHRASE"]).toMatch(/^[0-9a-f]{48}$/);
  expect(target?.env["PULUMI_CONFIG_PASSPHRASE_FILE"]).toBeUndefined();
  expect(fake.calls).toEqual(expect.arrayContaining(["set secret golive:seed", "import state"]));
  expect(existsSync(target?.workDir ?? "")).toBe(false);
});

test.each([
  [["--format", "pdf"], "text, md or json"],
  [["--base", "main"], "--base goes with --offline"],
  [["--offline", "--refresh"], "--refresh needs the engine"],
  [["--from", "/nowhere.json"], "/nowhere.json"],
])("preview %j is refused before anything is started", async (args, said) => {
  const { exit, stderr } = await fake.golive("preview", ...args);
  expect({ exit, said: stderr.includes(said) }).toEqual({ exit: 2, said: true });
  expect(fake.calls).toEqual([]);
});
