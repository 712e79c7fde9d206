import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Seen, testSeed } from "./testing/mocks.ts";
import { runStack, stackConfig, testImages } from "./testing/stacks.ts";

let folder = "";
const variables = ["GOLIVE_IMAGES", "GOLIVE_OPERATOR_MANIFEST", "KUBECONFIG"] as const;
const before = Object.fromEntries(variables.map((name) => [name, process.env[name]]));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "golive-index-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  for (const name of variables)
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
});

/** The stack file as the engine hands it over: text, objects as JSON, secrets decrypted. */
function engineConfig(changes: Record<string, string> = {}): void {
  const texts = Object.entries(stackConfig("local"))
    .filter(([name]) => !name.startsWith("golive:s3"))
    .map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]);
  pulumi.runtime.setAllConfig({ ...Object.fromEntries(texts), "golive:seed": testSeed, ...changes }, ["golive:seed"]);
}

function environment(images: Record<string, string>): void {
  writeFileSync(join(folder, "images.json"), JSON.stringify(images));
  writeFileSync(join(folder, "kubeconfig"), "test kubeconfig");
  process.env.GOLIVE_IMAGES = join(folder, "images.json");
  process.env.KUBECONFIG = join(folder, "kubeconfig");
  process.env.GOLIVE_OPERATOR_MANIFEST = new URL("testing/operator.fixture.yaml", import.meta.url).pathname;
}

const entry = async () => (await import("./index.ts")).default;

test("plain `pulumi up` asks for the same resources as `golive up`, so that both work on one state", async () => {
  const byGolive = await runStack("local");
  const seen = await new Seen().start("local");
  engineConfig();
  environment(testImages(false));
  const run = await entry();
  await seen.run(run);
  const names = (one: Seen) => one.resources.map(({ type, name }) => `${type} ${name}`).sort();
  expect(names(seen).length).toBeGreaterThan(90);
  expect(names(seen)).toEqual(names(byGolive));
});

test("faults of the configuration reach people as text, before anything is made", async () => {
  const seen = await new Seen().start("local");
  engineConfig({ "golive:namespacePrefix": "No Good", "golive:zebra": "1" });
  environment(testImages(false));
  const run = await entry();
  await expect(run()).rejects.toThrow(
    /2 faults in the configuration:[\s\S]*golive:namespacePrefix[\s\S]*golive:zebra[\s\S]*nothing was changed/,
  );
  expect(seen.resources).toEqual([]);
});

test("an image that is missing is named", async () => {
  await new Seen().start("local");
  engineConfig();
  const { gateway: _, ...rest } = testImages(false);
  environment(rest);
  const run = await entry();
  await expect(run()).rejects.toThrow('no image "gateway"');
});
