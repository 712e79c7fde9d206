import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { expect, test } from "vitest";
import { describeChanges, unchanged } from "./engine.ts";
import { quote } from "./env.ts";
import { label, UpdateLog } from "./events.ts";
import { held } from "./pulumi-locks.ts";
import { mergeStackFile, projectFile } from "./workdir.ts";

const urn = "urn:pulumi:local::golive::golive:gateway:Gateway$kubernetes:apps/v1:Deployment::gateway";
const event = (facts: object) => ({ sequence: 0, timestamp: 0, ...facts }) as unknown as EngineEvent;

test("a URN is shown as kind and name", () => {
  expect(label(urn)).toBe("Deployment gateway");
});

test("events become lines: begun, waiting, done", () => {
  const log = new UpdateLog();
  expect(log.take(event({ resourcePreEvent: { metadata: { op: "same", urn: "x" } } }))).toBeUndefined();
  expect(log.take(event({ resourcePreEvent: { metadata: { op: "create", urn } } }))).toBe(
    "creating Deployment gateway (0 done, 1 in hand)",
  );
  const waiting = { urn, ephemeral: true, severity: "info", message: "[1/2] Waiting for\n pods" };
  expect(log.take(event({ diagnosticEvent: waiting }))).toBe(
    "creating Deployment gateway (0 done, 1 in hand): [1/2] Waiting for pods",
  );
  expect(log.take(event({ resOutputsEvent: { metadata: { op: "create", urn } } }))).toBeUndefined();
});

test("a preview changes nothing, so nothing is said to be: only how far it is", () => {
  const log = new UpdateLog("preview");
  const lines = Array.from({ length: 60 }, (_, at) => [
    log.take(event({ resourcePreEvent: { metadata: { op: "update", urn: `${urn}${at}` } } })),
    log.take(event({ resOutputsEvent: { metadata: { op: "update", urn: `${urn}${at}` } } })),
  ]);
  expect(lines.flat().filter(Boolean)).toEqual(["25 resources compared", "50 resources compared"]);
});

test("failures are the resources' own messages, each once; the engine's summing-up only where there is nothing else", () => {
  const log = new UpdateLog();
  const stack = "urn:pulumi:local::golive::pulumi:pulumi:Stack::golive-local";
  log.take(event({ diagnosticEvent: { urn: stack, severity: "error", message: "update failed" } }));
  expect(log.failures()).toEqual(["Stack golive-local: update failed"]);
  log.take(event({ resOpFailedEvent: { metadata: { op: "create", urn } } }));
  for (let times = 0; times < 2; times += 1)
    log.take(event({ diagnosticEvent: { urn, severity: "error", message: "no such image\n" } }));
  expect(log.failures()).toEqual(["Deployment gateway: no such image"]);
  expect(log.failed).toBe(1);
});

test.each([
  [{}, true, "no changes, 0 resources as they should be"],
  [{ same: 40, read: 2 }, true, "no changes, 40 resources as they should be"],
  [{ same: 40, update: 1 }, false, "1 updated, 40 unchanged"],
  [{ create: 3, delete: 1, replace: 2 }, false, "3 created, 2 replaced, 1 deleted"],
  [{ "create-replacement": 1 }, false, ""],
])("%j", (changes, same, words) => {
  expect(unchanged(changes)).toBe(same);
  if (words) expect(describeChanges(changes)).toBe(words);
});

test("the engine's copy of a stack file keeps salt and seed; what the repository says wins; the repository's own encryption is whole", () => {
  const earlier = { encryptionsalt: "v1:old", config: { "golive:seed": { secure: "s" }, "golive:gone": 1 } };
  expect(mergeStackFile({ config: { "golive:a": 1 } }, earlier, ["golive:seed"])).toEqual({
    encryptionsalt: "v1:old",
    config: { "golive:a": 1, "golive:seed": { secure: "s" } },
  });
  expect(
    mergeStackFile({ config: { "golive:seed": { secure: "own" } } }, earlier, ["golive:seed"]).config?.["golive:seed"],
  ).toEqual({ secure: "own" });
  // A value encrypted under another key could not be read.
  expect(mergeStackFile({ secretsprovider: "awskms://x", config: {} }, earlier, ["golive:seed"])).toEqual({
    secretsprovider: "awskms://x",
    config: {},
  });
});

test("the engine's copy of Pulumi.yaml names no program", () => {
  expect(
    projectFile({ name: "golive", main: "infra/", runtime: { name: "nodejs", options: { typescript: false } } }),
  ).toEqual({ name: "golive", runtime: "nodejs" });
});

test("a state lock of another machine counts as held", () => {
  expect(held([{ pid: 1, hostname: "elsewhere", timestamp: "" }], () => false)).toHaveLength(1);
});

test.each([
  ["plain", "plain"],
  ["/a b/c", "'/a b/c'"],
  ["it's", "'it'\\''s'"],
  ["$(rm)", "'$(rm)'"],
])("%s is quoted for a shell", (word, quoted) => {
  expect(quote(word)).toBe(quoted);
});
