import { Readable } from "node:stream";
import { beforeEach, describe, expect, test } from "vitest";
import { readCatalogue, standingOf } from "../catalogue/catalogue.ts";
import { keyOf } from "../catalogue/keys.ts";
import { readManifest, writeManifest } from "../catalogue/manifest.ts";
import { StoreError } from "../storage/object-store.ts";
import { type BackupSketch, idAt } from "../testing/backups.ts";
import { FaultyStore } from "../testing/faulty-store.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { putSealed } from "../testing/sealed-backup.ts";
import { strangerSigner, testKeys } from "../testing/test-world.ts";
import { type VerifyOptions, type VerifyWorld, verify } from "./verify.ts";

const keys = testKeys();
const now = new Date("2026-11-25T03:00:00Z");
const at = (day: number): Date => new Date(`2026-11-${String(day).padStart(2, "0")}T02:00:00Z`);
const name = (day: number, database = "app") => ({ database, id: idAt(at(day)) });
const dump = (day: number) => keyOf(name(day), "dump");

let store: MemoryStore;
let lines: string[];
beforeEach(() => {
  store = newStore();
  lines = [];
});

/** Its clock never stands: two words on a backup are never of the same moment. */
function newStore(): MemoryStore {
  const made = new MemoryStore();
  let passed = 0;
  made.now = () => new Date(now.getTime() + ++passed);
  return made;
}
/** In comparisons: some moment. */
const aDate = expect.any(Date);
const put = (day: number, more: Partial<BackupSketch> = {}) => putSealed(store, keys, { at: at(day), ...more });
const world = (more: Partial<VerifyWorld> = {}): VerifyWorld => ({
  store,
  trusted: keys.trusted,
  signer: keys.signer,
  identities: keys.identities.slice(1),
  now: () => now,
  report: (line) => lines.push(line),
  signal: new AbortController().signal,
  ...more,
});
const run = (options: VerifyOptions = {}, more: Partial<VerifyWorld> = {}) => verify(world(more), options);
const standings = async () =>
  new Map((await readCatalogue(store, { trusted: keys.trusted })).map((entry) => [entry.id, standingOf(entry)]));
const flip = (key: string, position: number) => {
  const body = store.objects.get(key) as Buffer;
  const at = position < 0 ? body.length + position : position;
  body[at] = (body[at] ?? 0) ^ 1;
};

test("what is right becomes proven, with the escrow key alone; a second run believes it and reads nothing", async () => {
  await put(24);
  await put(23);
  expect(await run()).toMatchObject({
    depth: "decrypted",
    checked: [
      { id: name(24).id, outcome: "passed", depth: "decrypted" },
      { id: name(23).id, outcome: "passed", depth: "decrypted" },
    ],
    red: [],
    believed: 0,
  });
  for (const { proven, drilled } of (await standings()).values()) expect([proven, drilled]).toEqual([aDate, undefined]);
  const reading = new FaultyStore(store);
  expect(await run({}, { store: reading })).toMatchObject({ checked: [], red: [], believed: 2 });
  // Of manifests and records, and of nothing else.
  expect(reading.calls.filter((call) => call === "read")).toHaveLength(4);
  expect(await run({ all: true })).toMatchObject({ checked: [{ outcome: "passed" }, { outcome: "passed" }] });
});

describe("fault 9: what was damaged after it was written is red, is named, and is no proven backup any more", () => {
  const damages = [
    [
      "its dump lost its end",
      () => store.objects.set(dump(24), store.objects.get(dump(24))?.subarray(0, -1) as Buffer),
      "seen",
    ],
    ["a bit flipped in the header of its dump", () => flip(dump(24), 40), "read"],
    ["a bit flipped at the end of its dump", () => flip(dump(24), -1), "read"],
    ["a bit flipped in its globals", () => flip(keyOf(name(24), "globals"), -5), "read"],
    ["its globals are gone", () => store.objects.delete(keyOf(name(24), "globals")), "seen"],
  ] as const satisfies [string, () => unknown, "seen" | "read"][];

  test.each(damages)("%s", async (_what, damage, how) => {
    await put(24);
    await put(23);
    await run();
    damage();
    for (const identities of [[], keys.identities.slice(0, 1)]) {
      const report = await run({ all: true }, { identities });
      expect(report.red).toEqual([{ ...name(24), problem: expect.stringMatching(/^its (dump|globals)/) }]);
      expect(report.checked.filter(({ outcome }) => outcome === "passed").map(({ id }) => id)).toEqual([name(23).id]);
    }
    const [newest, older] = [...(await standings()).values()];
    if (how === "read") expect(newest).toMatchObject({ proven: undefined, failed: expect.stringMatching(/^its/) });
    expect(older).toMatchObject({ proven: aDate, failed: undefined });
    // Red again in the next run, although it is not read again.
    const again = await run();
    expect([again.checked, again.red]).toEqual([[], [{ ...name(24), problem: expect.any(String) }]]);
  });
});

test("a changed compressed byte whose SHA-256 the manifest was made to fit is found by opening it", async () => {
  const manifest = await put(24);
  const wrong = { ...manifest, dump: { ...manifest.dump, plain: { ...manifest.dump.plain, sha256: "0".repeat(64) } } };
  store.objects.set(keyOf(manifest, "manifest"), writeManifest(wrong, keys.signer));
  expect((await run({}, { identities: [] })).red).toEqual([]);
  expect((await run()).red).toEqual([{ ...name(24), problem: expect.stringMatching(/plain bytes/) }]);
});

test("a reading that was wrong once, on its way, is no verdict", async () => {
  await put(24);
  const once = new FaultyStore(store);
  const read = once.read;
  let calls = 0;
  once.read = async (key) => {
    if (key !== dump(24) || ++calls > 1) return read(key);
    flip(key, -1);
    const cut = await read(key);
    store.objects.set(key, Buffer.from(store.objects.get(key) as Buffer));
    flip(key, -1);
    return cut;
  };
  expect(await run({}, { store: once })).toMatchObject({ checked: [{ outcome: "passed" }], red: [] });
  expect(calls).toBe(2);
  expect(lines[0]).toMatch(/reads wrong, so it is read again/);
});

describe("fault 10: a manifest that is not to be trusted", () => {
  test.each([
    ["signed by a stranger", (manifest: Awaited<ReturnType<typeof put>>) => writeManifest(manifest, strangerSigner())],
    ["not signed at all", (manifest) => Buffer.from(JSON.stringify(manifest))],
    [
      "changed after it was signed",
      (_manifest, sealed) => Buffer.from(sealed.toString().replace('"payload": "', '"payload": "AAAA')),
    ],
  ] satisfies [string, (manifest: Awaited<ReturnType<typeof put>>, sealed: Buffer) => Buffer][])(
    "%s is red, is not read, and gets no record",
    async (_what, forge) => {
      const manifest = await put(24);
      const key = keyOf(manifest, "manifest");
      store.objects.set(key, forge(manifest, store.objects.get(key) as Buffer));
      const report = await run({ all: true });
      expect(report).toMatchObject({
        checked: [],
        red: [{ ...name(24), problem: expect.stringMatching(/not to be trusted/) }],
      });
      expect([...store.objects.keys()].filter((one) => one.includes("/records/"))).toEqual([]);
    },
  );

  test("without any manifest it is no backup: not read, not red, but counted", async () => {
    await put(24);
    store.objects.delete(keyOf(name(24), "manifest"));
    expect(await run()).toMatchObject({ checked: [], red: [], incomplete: 1 });
  });
});

test("fault 11: the manifest of an older backup under a new name is red, and its signature helps it nothing", async () => {
  const old = await put(20);
  for (const kind of ["dump", "globals", "manifest"] as const)
    await store.putNew(keyOf(name(24), kind), store.objects.get(keyOf(old, kind)) as Buffer);
  expect(readManifest(store.objects.get(keyOf(name(24), "manifest")) as Buffer, keys.trusted)).toMatchObject({
    manifest: { id: old.id },
  });
  expect(await run()).toMatchObject({
    checked: [{ id: old.id, outcome: "passed" }],
    red: [{ ...name(24), problem: `its manifest is that of app ${old.id}` }],
  });
});

test("fault 11: a record of a proof under another backup's name proves nothing", async () => {
  await put(24);
  await put(23);
  await run({ id: name(23).id });
  const record = [...store.objects.keys()].find((key) => key.includes("/records/")) as string;
  await store.putNew(record.replace(name(23).id, name(24).id), store.objects.get(record) as Buffer);
  const standing = await standings();
  expect([standing.get(name(23).id)?.proven, standing.get(name(24).id)?.proven]).toEqual([aDate, undefined]);
});

test("fault 14: an identity that opens none is told apart from damage, and what is stored is checked all the same", async () => {
  await put(24);
  await put(23);
  flip(dump(23), -1);
  const { generateX25519Identity } = await import("age-encryption");
  const report = await run({}, { identities: [await generateX25519Identity()] });
  expect(report).toMatchObject({
    unopened: [{ ...name(24), problem: expect.stringMatching(/none of the given identities/) }],
    red: [{ ...name(23), problem: expect.stringMatching(/SHA-256/) }],
  });
  // Proven as stored, and so due again for who can open it.
  expect((await standings()).get(name(24).id)?.proven).toEqual(aDate);
  expect(await run()).toMatchObject({ checked: [{ id: name(24).id, outcome: "passed" }] });
});

test("fault 22: more than a thousand objects and foreign files between them", async () => {
  for (const day of [22, 23, 24]) await put(day);
  for (let at = 0; at < 1100; at++) await store.putNew(`postgres/app/notes/${at}.txt`, Buffer.from("x"));
  await store.putNew(`postgres/app/${idAt(at(24))}/database.dump.bak`, Buffer.from("x"));
  expect(await run()).toMatchObject({ checked: [{}, {}, {}], red: [], incomplete: 0 });
});

test("fault 23: --database means that database and no other of a similar name", async () => {
  await put(24);
  await put(23, { database: "app_test" });
  await put(22, { database: "ap" });
  expect((await run({ database: "app" })).checked.map(({ database }) => database)).toEqual(["app"]);
});

test("a budget and a time leave the rest for the next run, and runs converge", async () => {
  for (const day of [20, 21, 22, 23]) await put(day);
  const seen: number[] = [];
  for (let runs = 0; runs < 6; runs++) {
    const { checked, left } = await run({ maxBytes: 1 });
    seen.push(checked.length);
    expect(checked.length + left.length).toBe(Math.max(4 - runs, 0));
  }
  expect(seen).toEqual([1, 1, 1, 1, 0, 0]);
  let minutes = 0;
  const passing = () => new Date(now.getTime() + ++minutes * 60_000);
  const { checked, left } = await run({ all: true, maxMinutes: 2 }, { now: passing });
  expect([checked.length, left.length]).toEqual([2, 2]);
});

test("without a signing key it tells what it found and records nothing", async () => {
  await put(24);
  expect(await run({}, { signer: undefined })).toMatchObject({ checked: [{ outcome: "passed" }] });
  expect(store.objects.size).toBe(3);
});

test("a backup that is pruned while it is read is no damaged one", async () => {
  await put(24);
  const pruning = new FaultyStore(store);
  pruning.before = (call) => {
    if (call !== "clock") return;
    for (const key of [...store.objects.keys()]) store.objects.delete(key);
  };
  expect(await run({}, { store: pruning })).toMatchObject({ checked: [{ outcome: "gone" }], red: [] });
  expect(store.objects.size).toBe(0);
});

test("a storage error at every call position ends the run loudly, proves nothing wrongly, and the next run finishes", async () => {
  const fresh = async () => {
    store = newStore();
    for (const day of [22, 23, 24]) await put(day);
    flip(dump(23), -1);
  };
  await fresh();
  const clean = new FaultyStore(store);
  await run({}, { store: clean });
  expect(clean.calls.length).toBeGreaterThan(15);
  for (let position = 0; position < clean.calls.length; position++) {
    await fresh();
    const faulty = new FaultyStore(store, {
      at: position,
      error: new StoreError("unreachable", "the store went away"),
    });
    await expect(run({}, { store: faulty }), `${position}: ${clean.calls[position]}`).rejects.toThrow(
      "the store went away",
    );
    expect(faulty.hit).toBe(true);
    for (const [id, { proven, failed }] of await standings())
      expect([id, id === name(23).id ? proven : failed]).toEqual([id, undefined]);
    const { red } = await run();
    expect(red.map(({ id }) => id)).toEqual([name(23).id]);
    const after = await standings();
    expect([22, 24].map((day) => after.get(name(day).id)?.proven)).toEqual([aDate, aDate]);
    expect(after.get(name(23).id)?.failed).toMatch(/^its dump/);
  }
}, 120_000);

test.each([
  ["as stored", []],
  ["to the plain bytes", keys.identities.slice(0, 1)],
])("a connection that breaks in the middle of a reading %s is no verdict", async (_what, identities) => {
  await put(24);
  const breaking = new FaultyStore(store);
  const { read } = breaking;
  breaking.read = async (key) => (key === dump(24) ? Readable.from(broken(await read(key))) : read(key));
  await expect(run({}, { store: breaking, identities })).rejects.toThrow("connection reset");
  expect((await standings()).get(name(24).id)).toMatchObject({ proven: undefined, failed: undefined });
});

async function* broken(whole: Readable): AsyncGenerator<Buffer> {
  for await (const chunk of whole as AsyncIterable<Buffer>) {
    yield chunk.subarray(0, 20);
    throw new StoreError("unreachable", "connection reset");
  }
}

test("a run that is stopped ends at once, and what it had proven stays proven", async () => {
  for (const day of [22, 23, 24]) await put(day);
  const stop = new AbortController();
  const stopping = new FaultyStore(store);
  stopping.before = (call) => {
    if (call === "putNew") stop.abort(new Error("stopped by SIGTERM"));
  };
  await expect(run({}, { store: stopping, signal: stop.signal })).rejects.toThrow("stopped by SIGTERM");
  expect([...(await standings()).values()].filter(({ proven }) => proven !== undefined)).toHaveLength(1);
});
