import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { prune } from "../care/prune.ts";
import { type Complete, readCatalogue, standingOf } from "../catalogue/catalogue.ts";
import type { Manifest } from "../catalogue/manifest.ts";
import { readDrillConfig } from "../config/drill.ts";
import { takeBackup } from "../runs/take-backup.ts";
import { StoreError } from "../storage/object-store.ts";
import { type Call, FaultyStore } from "../testing/faulty-store.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { childrenNamed, configOf, patient, sql, testKeys, testWorld } from "../testing/test-world.ts";
import { type DrillWorld, drill } from "./drill.ts";

const keys = testKeys();
let server: PostgresServer;
let root = "";
let taken: MemoryStore;
let manifest: Manifest;

/** What a drill asks of the store, and how it ends when that fails. The lease alone is not worth a drill. */
const calls: readonly { readonly call: Call; readonly end: string }[] = [
  { call: "list", end: "throws" },
  { call: "read", end: "throws" },
  // The lease: the time, the record, and whether the backup is still there.
  { call: "clock", end: "passed" },
  { call: "putNew", end: "passed" },
  { call: "size", end: "throws" },
  // Globals, dump, and at last the record.
  { call: "read", end: "blames the drill" },
  { call: "read", end: "blames the drill" },
  { call: "putNew", end: "throws" },
];

function stored(): MemoryStore {
  const copy = new MemoryStore();
  for (const [key, body] of taken.objects) copy.objects.set(key, Buffer.from(body));
  return copy;
}
const world = (store: DrillWorld["stores"][0], lines: string[] = [], report?: DrillWorld["report"]): DrillWorld => ({
  stores: [store],
  ...keys,
  config: readDrillConfig({ BACKUP_SCRATCH_FOLDER: join(root, "s"), BACKUP_DRILL_JOBS: "1" }),
  now: () => new Date(),
  report: report ?? ((line) => lines.push(line)),
  signal: new AbortController().signal,
});
const standing = async (store: MemoryStore) => {
  const [entry] = await readCatalogue(store, { trusted: keys.trusted, id: manifest.id });
  return standingOf(entry as Complete);
};

describe.skipIf(postgresMissing())("a drill", patient, () => {
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), "drill-"));
    chmodSync(root, 0o755);
    server = await startPostgres({ databases: ["app"] });
    await sql(server, "app", "create table t (x int); insert into t values (1)");
    taken = new MemoryStore();
    manifest = await takeBackup(testWorld(configOf(server, "app"), taken));
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
    rmSync(root, { recursive: true, force: true });
  });

  test("its calls of the store are those of the table", async () => {
    const clean = new FaultyStore(stored());
    expect(await drill(world(clean), { choice: "due" })).toMatchObject({ outcome: "passed" });
    expect(clean.calls).toEqual(calls.map(({ call }) => call));
  });

  test.each(calls.map(({ call, end }, index) => [index, call, end] as const))(
    "a store that fails at call %i (%s): %s; the backup is not blamed, nothing is left, and the next drill is green",
    async (index, call, wanted) => {
      const [store, lines] = [stored(), [] as string[]];
      const faulty = new FaultyStore(store, { at: index, error: new StoreError("unreachable", `down at ${call}`) });
      // The one that was backed up.
      const servers = childrenNamed("postgres");
      const [end, problem] = await drill(world(faulty, lines), { choice: "due" }).then(
        ({ outcome, blame, problem }) => [outcome === "passed" ? "passed" : `blames the ${blame}`, problem ?? ""],
        (error: Error) => ["throws", error.message],
      );
      expect([faulty.hit, end]).toEqual([true, wanted]);
      // Told to whoever reads the end, or as a warning on the way.
      expect([problem, ...lines].join("\n")).toContain(`down at ${call}`);
      const { failed, proven } = await standing(store);
      expect([failed, proven !== undefined]).toEqual([undefined, end === "passed"]);
      expect(readdirSync(root, { recursive: true }).filter((name) => name !== "s")).toEqual([]);
      expect(childrenNamed("postgres")).toEqual(servers);
      // With nothing written, the next drill would be the very one that was green above.
      if (end === "passed" || store.objects.size === taken.objects.size) return;
      expect(await drill(world(store), { choice: "due" })).toMatchObject({ outcome: "passed" });
      expect((await standing(store)).drilled).toEqual(expect.any(Date));
    },
  );

  test("fault 20: what is being drilled is not pruned meanwhile, however due", async () => {
    const store = stored();
    await takeBackup(testWorld(configOf(server, "app"), store));
    const { verify } = await import("../care/verify.ts");
    const due = { days: -1, proven: 1, daily: 0, weekly: 0, monthly: 0, graceHours: 48 };
    const { signal } = new AbortController();
    const pruning = { store, ...keys, policy: due, now: () => new Date(), report: () => undefined, signal };
    await verify({ ...pruning, identities: [] });
    expect((await prune(pruning, { yes: false })).removed.map(({ id }) => id)).toEqual([manifest.id]);
    let pruned: Promise<readonly { readonly id: string }[]> | undefined;
    const at = world(store, [], (line) => {
      if (line.startsWith("restoring")) pruned = prune(pruning, { yes: true }).then(({ removed }) => removed);
    });
    expect(await drill(at, { choice: { id: manifest.id } })).toMatchObject({ outcome: "passed" });
    expect(await pruned).toEqual([]);
  });
});
