import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keyOf } from "../catalogue/keys.ts";
import { type Outcome, runCli } from "../cli.ts";
import { type BackupSketch, idAt } from "../testing/backups.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { putSealed } from "../testing/sealed-backup.ts";
import { keyFiles, testKeys } from "../testing/test-world.ts";

const day = 86_400_000;
// Whole seconds, because ids have no smaller ones. The store on disk has the clock of this machine.
const now = new Date(Math.floor(Date.now() / 1000) * 1000 - 120_000);
const ago = (days: number): Date => new Date(now.getTime() - days * day);
const nameOf = (days: number) => ({ database: "app", id: idAt(ago(days)) });

let home: string;
let folder: string;
let env: Record<string, string>;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "golive-care-verbs-"));
  folder = join(home, "store");
  mkdirSync(folder);
  env = { ...keyFiles(home), BACKUP_STORES: "disk", BACKUP_FOLDER: folder, USER: "ops" };
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** Writes backups as a run of that day left them. */
async function put(...sketches: (Partial<BackupSketch> & { days: number })[]): Promise<void> {
  const store = new MemoryStore();
  for (const { days, ...more } of sketches) await putSealed(store, testKeys(), { at: ago(days), ...more });
  for (const [key, body] of store.objects) {
    const path = join(folder, key);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, body);
    const at = store.modified.get(key) as Date;
    utimesSync(path, at, at);
  }
}
const run = (...argv: string[]): Promise<Outcome> =>
  runCli(argv, { env, now: () => new Date(), report: () => undefined, signal: new AbortController().signal });
const json = async (...argv: string[]) => {
  const { exit, stdout } = await run(...argv, "--json");
  return { exit, document: JSON.parse(stdout) };
};
const files = () => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile()).length;

test("verify, list, prune and list again, from the command line, each twice", async () => {
  await put({ days: 0 }, { days: 1 }, { days: 45 }, { days: 45.5 });
  const [first, second] = [await json("verify"), await json("verify")];
  expect([first.exit, first.document.stores[0].checked.length, second.document.stores[0].checked.length]).toEqual([
    0, 4, 0,
  ]);

  env.BACKUP_KEEP_PROVEN = "2";
  env.BACKUP_KEEP_MONTHLY = "1";
  env.BACKUP_KEEP_WEEKLY = "0";
  env.BACKUP_KEEP_DAILY = "2";
  for (let time = 0; time < 2; time++) {
    const list = await run("list");
    const line = (id: string, age: string, prune: string) =>
      expect(list.stdout).toMatch(new RegExp(`^${id} +${age} +[\\d.]+ k?B +app +100 +\\d+ s +- +- +- +${prune}$`, "m"));
    line(nameOf(0).id, "\\d+ min", "keep");
    line(nameOf(1).id, "1 d", "keep");
    line(nameOf(45).id, "45 d", "remove");
    expect(list.stdout).toMatch(
      /^ID +AGE +SIZE +DATABASE +ROWS +PROVEN +DRILLED +HELD +LOCKED +PRUNE\n[\s\S]*\n\n4 backups\n$/,
    );
  }

  const before = files();
  for (let time = 0; time < 2; time++) {
    const dry = await run("prune");
    expect(dry.stdout).toMatch(/would remove 2 of 4.*2 kept, 0 retained[\s\S]*nothing was changed; --yes does it/);
    expect([dry.exit, files()]).toEqual([0, before]);
  }
  const real = await json("prune", "--yes", "--after-success");
  expect([real.exit, real.document.stores[0].removed.map((one: { id: string }) => one.id)]).toEqual([
    0,
    [nameOf(45.5).id, nameOf(45).id],
  ]);
  const again = await run("prune", "--yes", "--after-success");
  expect([again.exit, again.stdout]).toEqual([0, expect.stringMatching(/removed 0 of 2/)]);
  const left = await json("list", "--database", "app");
  expect(left.document.backups.map((one: { id: string }) => one.id)).toEqual([nameOf(0).id, nameOf(1).id]);
  expect(left.document.backups[0]).toMatchObject({
    ...{
      store: folder,
      state: "complete",
      rows: 100,
      tables: 1,
      whole: true,
      reason: "scheduled",
      held: null,
      failed: null,
    },
    ...{ proven: expect.any(String), drilled: null, anomalies: [], lockedUntil: null },
    prune: { keep: true, due: false, reasons: expect.arrayContaining(["younger than 30 days"]) },
  });
});

describe("a damaged backup", () => {
  beforeEach(async () => {
    await put({ days: 0 }, { days: 1 });
    const key = join(folder, keyOf(nameOf(0), "dump"));
    const { readFileSync } = await import("node:fs");
    const body = readFileSync(key);
    body[body.length - 1] = (body.at(-1) ?? 0) ^ 1;
    writeFileSync(key, body);
  });

  test("fault 9: verify ends with 7, names it and judges the others; list and show tell it", async () => {
    for (let time = 0; time < 2; time++) {
      const { exit, stdout } = await run("verify");
      expect({ exit, stdout }).toEqual({
        exit: 7,
        stdout: expect.stringMatching(new RegExp(`^DAMAGED ${nameOf(0).id} of "app": its dump`, "m")),
      });
    }
    expect((await run("verify", "--id", nameOf(1).id)).exit).toBe(0);
    expect((await run("list")).stdout).toMatch(
      / FAILED [\s\S]*pruning of "app" is frozen: the newest backup, .* failed its check/,
    );
    const show = await run("show", nameOf(0).id);
    expect(show.stdout).toMatch(/proven: {3}no: its dump[\s\S]*history:\n {2}.* verified {2}failed, decrypted/);
  });
});

test("hold, show, release and accept, each twice", async () => {
  await put({ days: 0, anomalies: ["12 rows, 98 % less than the 600 of those before"] }, { days: 1 });
  const { id } = nameOf(0);
  const held = [await run("hold", id, "--reason", "case 7"), await run("hold", id, "--reason", "case 7")];
  expect(held.map(({ exit, stdout }) => [exit, stdout])).toEqual([
    [0, `backup ${id} of database "app" is held in ${folder}, by ops: case 7\n`],
    [0, `backup ${id} of database "app" was held for that reason already in ${folder}; nothing written\n`],
  ]);
  expect((await run("list")).stdout).toMatch(new RegExp(`^${id} .* held `, "m"));
  expect((await run("show", id)).stdout).toMatch(
    /anomaly: {2}12 rows[\s\S]*held: {5}since .*: case 7[\s\S]*prune: {4}keeps it: held since/,
  );
  expect((await run("accept", id, "--reason", "archived")).stdout).toMatch(/ accepted in /);
  expect((await run("accept", id, "--reason", "archived")).stdout).toMatch(/no anomaly that waits for a word/);
  expect((await run("release", id, "--reason", "closed")).stdout).toMatch(/ is released in /);
  expect((await run("release", id, "--reason", "closed")).stdout).toMatch(/was not held/);
  const { document } = await json("show", id);
  expect(document.copies[0]).toMatchObject({
    id,
    held: null,
    anomalies: [],
    manifest: { id },
    files: expect.arrayContaining([keyOf(nameOf(0), "dump")]),
  });
  expect(document.copies[0].records.map((one: { kind: string }) => one.kind)).toEqual(["held", "accepted", "released"]);
});

test("fault 39: an anomaly freezes the pruning, in words, until it is accepted", async () => {
  env.BACKUP_KEEP_PROVEN = "1";
  env.BACKUP_KEEP_MONTHLY = env.BACKUP_KEEP_WEEKLY = env.BACKUP_KEEP_DAILY = "0";
  await put({ days: 0, rows: 0, anomalies: ["it holds no rows at all"] }, { days: 40 });
  await run("verify");
  const frozen = await run("prune", "--yes");
  expect([frozen.exit, frozen.stdout]).toEqual([
    0,
    expect.stringMatching(/removed 0 of 2[\s\S]*frozen "app": .*no rows at all.*accept/),
  ]);
  expect((await run("list")).stdout).toMatch(new RegExp(`^${nameOf(40).id} .* frozen$`, "m"));
  await run("accept", nameOf(0).id, "--reason", "a new system");
  expect((await run("prune", "--yes")).stdout).toMatch(/removed 1 of 2/);
});

test.each([
  [["show", "2020-01-01T000000Z-000000"], 7, "BACKUP_NOT_FOUND"],
  [["hold", "2020-01-01T000000Z-000000", "--reason", "x"], 7, "BACKUP_NOT_FOUND"],
  [["verify", "--id", "2020-01-01T000000Z-000000"], 7, "BACKUP_NOT_FOUND"],
  [["verify", "--max-gb", "many"], 2, "USAGE"],
  [["hold", "2020-01-01T000000Z-000000"], 2, "USAGE"],
])("%j ends with %i %s", async (argv, exit, code) => {
  const outcome = await run(...argv);
  expect([outcome.exit, outcome.stderr]).toEqual([exit, expect.stringMatching(new RegExp(`^error ${code}: `))]);
});

test("--after-success in a store where no backup arrives: exit 8, and everything stays", async () => {
  await put({ days: 2 }, { days: 60 });
  const before = files();
  expect(await run("prune", "--yes", "--after-success")).toMatchObject({
    exit: 8,
    stderr: expect.stringMatching(/^error UNHEALTHY: nothing is pruned .*newest scheduled backup is 2 d old/),
  });
  expect(files()).toBe(before);
});

test("an empty store: nothing to list, to verify or to prune, and no error", async () => {
  expect((await run("list")).stdout).toBe("no backups yet; `golive-backup run` makes one\n");
  for (const verb of ["verify", "prune"]) expect((await run(verb)).exit).toBe(0);
});
