import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { fromEvents } from "../preview/observe.ts";
import { readSettings } from "../stack/settings.ts";
import { type FakeWorld, fakeWorld } from "../testing/fake-world.ts";
import { putBack, readTouches } from "./foreign.ts";
import { withTouches } from "./with-foreign.ts";

const type = "kubernetes:core/v1:ConfigMap";
const urnOf = (name: string) => `urn:pulumi:local::golive::${type}::${name}`;

/** A resource of a preview in which nothing happens to it. */
const same = (inputs: object, name = "it") => ({
  resourcePreEvent: {
    metadata: { op: "same", urn: urnOf(name), type, old: { inputs }, new: { inputs } },
  },
});
const summary = (same: number) => ({ summaryEvent: { resourceChanges: { same } } });

const identity = { apiVersion: "v1", kind: "ConfigMap" };
const wanted = { ...identity, metadata: { name: "it", namespace: "app" }, data: { ours: "1", list: "[1]" } };
const live = {
  ...identity,
  metadata: {
    name: "it",
    namespace: "app",
    resourceVersion: "7",
    managedFields: [
      { manager: "golive", fieldsV1: { "f:data": { "f:ours": {} } } },
      {
        manager: "kubectl-edit",
        time: "2026-11-28T12:00:00Z",
        fieldsV1: { "f:data": { "f:theirs": {}, "f:list": {} } },
      },
    ],
  },
  data: { ours: "1", list: "[1,2]", theirs: "2" },
};

/** A cluster that holds one object, and does what it is told with it. */
function cluster(fake: FakeWorld, held: object = live, refusing: RegExp = /^$/) {
  const asked: { verb: string; args: readonly string[]; given: unknown }[] = [];
  fake.kubectl = (all, given) => {
    const args = all.slice(4);
    const [verb = ""] = args;
    asked.push({ verb, args, given });
    if (refusing.test(args.join(" "))) return { refused: "Error from server (Forbidden): no" };
    if (verb === "get") return { object: held };
    const { theirs: _, ...data } = (held as typeof live).data;
    return { object: verb === "patch" ? { ...held, data } : given };
  };
  return asked;
}

async function read(fake: FakeWorld, events: readonly object[] = [same(wanted), summary(1)]) {
  const observed = fromEvents(events);
  const settings = await readSettings(fake.world, "local");
  return { observed, settings, touches: await readTouches(fake.world, settings, observed) };
}

test("what was added and what was edited stand in an update, with the hand that did it", async () => {
  const fake = fakeWorld();
  const asked = cluster(fake);
  const { observed, touches } = await read(fake);
  const seen = withTouches(observed, touches);
  expect(seen.summary).toEqual({ same: 0, update: 1 });
  expect(seen.steps).toMatchObject([
    {
      op: "update",
      old: { inputs: { data: { ours: "1", list: "[1,2]", theirs: "2" } } },
      new: { inputs: { data: { ours: "1", list: "[1]" } } },
      by: ["kubectl-edit, 2026-11-28T12:00:00Z", "kubectl-edit, 2026-11-28T12:00:00Z"],
    },
  ]);
  // Looked at, and nothing else.
  expect(asked.map(({ verb, args }) => [verb, args.includes("--dry-run=server")])).toEqual([
    ["get", false],
    ["patch", true],
    ["apply", true],
  ]);
});

test("who did it may call himself what he likes: it is code in a comment, and one line on a terminal", async () => {
  const fake = fakeWorld();
  const [ours, theirs] = live.metadata.managedFields;
  const managedFields = [ours, { ...theirs, manager: "@org/team <img src=x> `|`\n# title" }];
  cluster(fake, { ...live, metadata: { ...live.metadata, managedFields } });
  fake.events = [same(wanted)];
  const page = (await fake.golive("drift", "--format", "md")).stdout;
  expect(page.split("\n").filter((line) => /img|title/.test(line))).toHaveLength(1);
  expect(page).toMatch(/set by <code>[^<]*&#60;img src=x&#62;[^<]*<\/code>/);
  expect(page).not.toMatch(/warning|@org/);
  expect((await fake.golive("drift")).stdout).not.toMatch(/^# title/m);
});

test("a field that the server would fill in again by itself is nobody's", async () => {
  const fake = fakeWorld();
  cluster(fake);
  const answers = fake.kubectl;
  fake.kubectl = (args, given) => (args.includes("get") ? answers?.(args, given) : { object: live }) ?? {};
  const { observed, touches } = await read(fake);
  expect(withTouches(observed, touches)).toEqual(observed);
});

test("where a dry run is not allowed, everything that others have set is shown", async () => {
  const fake = fakeWorld();
  cluster(fake, live, /dry-run/);
  const { touches } = await read(fake);
  const [touched] = touches.found.values();
  expect([touched?.additions.length, touched?.edits.length]).toEqual([1, 1]);
});

test("objects that may not be read are told, and hide no other", async () => {
  const fake = fakeWorld();
  fake.kubectl = (args) =>
    args.includes("get") ? { object: live, refused: 'secrets "x" is forbidden' } : { object: wanted };
  const { observed, touches } = await read(fake);
  const seen = withTouches(observed, touches);
  expect(seen.steps.map(({ op }) => op)).toEqual(["update"]);
  expect(seen.diagnostics).toEqual([
    {
      severity: "warning",
      urn: "",
      message: 'not every object could be asked who has set its fields: secrets "x" is forbidden',
    },
  ]);
});

test("what the program keeps secret, or does not know yet, is never applied", async () => {
  const fake = fakeWorld();
  const asked = cluster(fake);
  const secret = { ...wanted, data: { ...wanted.data, ours: "[secret]" } };
  const { settings, touches } = await read(fake, [same(secret)]);
  await putBack(fake.world, settings, touches, () => undefined);
  expect(asked.map(({ verb }) => verb)).toEqual(["get", "patch", "patch"]);
});

test("nothing is asked about resources that are no objects, or that a plan makes or deletes", async () => {
  const fake = fakeWorld();
  const asked = cluster(fake);
  await read(fake, [
    same({ length: 8 }),
    { resourcePreEvent: { metadata: { op: "create", urn: urnOf("new"), new: { inputs: wanted } } } },
  ]);
  expect(asked).toEqual([]);
});

test("putting back takes away from behind, all or nothing, and leaves no value in any list of processes", async () => {
  const fake = fakeWorld();
  const held = {
    ...live,
    list: [{ name: "a" }, { name: "b" }, { name: "c" }],
    metadata: {
      ...live.metadata,
      managedFields: [
        {
          manager: "me",
          fieldsV1: { "f:list": { 'k:{"name":"a"}': {}, 'k:{"name":"c"}': {} }, "f:data": { "f:theirs": {} } },
        },
      ],
    },
  };
  const asked = cluster(fake, held);
  const events = [same({ ...wanted, list: [{ name: "b" }] })];
  const { settings, touches } = await read(fake, events);
  fake.calls.length = 0;
  const lines: string[] = [];
  // The fake leaves the list alone in a dry run: only the key is known to stay away.
  expect(await putBack(fake.world, settings, touches, (line) => lines.push(line))).toBe(1);
  expect(lines).toEqual(["putting back ConfigMap it: data.theirs"]);
  expect(asked[1]?.given).toEqual([
    { op: "test", path: "/metadata/resourceVersion", value: "7" },
    { op: "remove", path: "/list/2" },
    { op: "remove", path: "/list/0" },
    { op: "remove", path: "/data/theirs" },
  ]);
  const [call = ""] = fake.calls;
  expect(call).toContain("patch ConfigMap it --namespace=app --type=json --patch-file=");
  expect(call).toContain("--field-manager=golive");
  expect(existsSync(/--patch-file=(\S+)/.exec(call)?.[1] ?? "")).toBe(false);
});

test("an object that cannot be put back is an error that names it and its fields, after the others", async () => {
  const fake = fakeWorld();
  cluster(fake);
  const { settings, touches } = await read(fake);
  cluster(fake, live, /^patch/);
  await expect(putBack(fake.world, settings, touches, () => undefined)).rejects.toMatchObject({
    code: "UPDATE_FAILED",
    message: expect.stringMatching(/ConfigMap it \(data\.theirs, data\.list\): Error from server \(Forbidden\): no/),
  });
});

test("up --refresh puts back and says how much; up alone leaves others' fields alone", async () => {
  const fake = fakeWorld();
  fake.changes = { same: 41 };
  fake.events = [same(wanted)];
  const asked = cluster(fake);
  expect((await fake.golive("up")).stdout).toContain("no changes, 41 resources as they should be");
  expect(asked).toEqual([]);
  const { stdout } = await fake.golive("up", "--refresh", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ putBack: 1, unchanged: false });
  expect((await fake.golive("up", "--refresh")).stdout).toContain("1 object put back, 41 resources as they should be");
});

test("drift ends with 15 for them alone, and preview --refresh shows them", async () => {
  const fake = fakeWorld();
  fake.events = [same(wanted)];
  cluster(fake);
  const drift = await fake.golive("drift");
  expect(drift.exit).toBe(15);
  expect(drift.stdout).toContain('data.theirs: removed "2"');
  expect(drift.stdout).toContain("by kubectl-edit, 2026-11-28T12:00:00Z");
  expect((await fake.golive("preview", "--refresh")).stdout).toContain('data.theirs: removed "2"');
  expect((await fake.golive("preview")).stdout).not.toContain("theirs");
});
