import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { codes } from "@golive/errors/codes.ts";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "../cli.ts";
import { diskStore } from "../storage/disk-store.ts";
import { idAt, putBackup, verified } from "../testing/backups.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { httpReceiver } from "../testing/receivers.ts";
import { putSealed } from "../testing/sealed-backup.ts";
import { keyFiles, testKeys } from "../testing/test-world.ts";
import { keepTold } from "./last-told.ts";

const { signer } = testKeys();
const hour = 3_600_000;
let home: string;
let folder: string;
let env: Record<string, string>;
let slack: Awaited<ReturnType<typeof httpReceiver>>;
let pagerduty: Awaited<ReturnType<typeof httpReceiver>>;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "golive-prune-"));
  folder = mkdtempSync(join(home, "store-"));
  slack = await httpReceiver(() => ({ status: 200 }));
  pagerduty = await httpReceiver(() => ({ status: 202 }));
  writeFileSync(join(home, "slack"), `${slack.url}/hook`);
  writeFileSync(join(home, "pagerduty"), "r0ut1ng");
  env = {
    ...keyFiles(home),
    BACKUP_STORES: "disk",
    BACKUP_FOLDER: folder,
    BACKUP_SLACK_WEBHOOK_FILE: join(home, "slack"),
    BACKUP_PAGERDUTY_KEY_FILE: join(home, "pagerduty"),
    BACKUP_PAGERDUTY_URL: `${pagerduty.url}/v2/enqueue`,
  };
});
afterEach(async () => {
  await slack.close();
  await pagerduty.close();
  rmSync(home, { recursive: true, force: true });
});

const run = (...argv: string[]) =>
  runCli(argv, { env, now: () => new Date(), report: () => undefined, signal: new AbortController().signal });
async function golive(...argv: string[]): Promise<string> {
  const outcome = await run(...argv);
  expect(outcome.exit, outcome.stderr).toBe(0);
  return outcome.stdout;
}
const titles = () => slack.received.map(({ body }) => JSON.parse(body).text as string);
const actions = () => pagerduty.received.map(({ body }) => JSON.parse(body).event_action as string);

test("a frozen prune is told once, however often it runs, and as resolved when a person accepted what froze it", async () => {
  const store = diskStore(folder, new AbortController().signal);
  const at = (hours: number) => new Date(Date.now() - hours * hour);
  const before = { at: at(26) };
  await putBackup(store, signer, before, [verified(before, at(25))]);
  const odd = { at: at(0), anomalies: ["10 rows, 99 % less than the 1,000 of those before"] };
  await putBackup(store, signer, odd, [verified(odd, at(0))]);

  for (let run = 0; run < 3; run++) expect(await golive("prune", "--yes", "--after-success")).toContain("frozen");
  expect(titles()).toEqual(['[local] prune asks somebody to look at "all databases"']);
  expect(slack.received[0]?.body).toContain(`accept ${idAt(odd.at)}`);

  await golive("accept", idAt(odd.at), "--reason", "old events were archived");
  for (let run = 0; run < 2; run++) expect(await golive("prune", "--yes", "--after-success")).not.toContain("frozen");
  expect(titles().slice(1)).toEqual(['[local] prune is well again for "all databases"']);
  expect(actions()).toEqual(["trigger", "resolve", "resolve"]);
});

test("a backup before a restore that is unlike the others freezes nothing", async () => {
  const store = diskStore(folder, new AbortController().signal);
  const at = (hours: number) => new Date(Date.now() - hours * hour);
  const nightly = { at: at(3) };
  await putBackup(store, signer, nightly, [verified(nightly, at(2))]);
  // As older versions wrote them: with anomalies.
  await putBackup(store, signer, { at: at(0), reason: "before-restore", anomalies: ["it holds no rows at all"] });
  expect(await golive("prune", "--yes", "--after-success")).not.toContain("frozen");
  expect(titles()).toEqual([]);
});

test("prune --yes takes old notes of what was told away, and a dry run does not", async () => {
  const store = diskStore(folder, new AbortController().signal);
  const nightly = { at: new Date(Date.now() - 3 * hour) };
  await putBackup(store, signer, nightly, [verified(nightly, new Date())]);
  const told = { version: 1, state: "failing", at: "2026-01-01T00:00:00Z", since: "2026-01-01T00:00:00Z" } as const;
  for (const day of [1, 2]) await keepTold(store, "drill", "app", { ...told, undelivered: [] }, new Date(2026, 0, day));
  const notes = () => readdirSync(join(folder, "notifications", "drill", "app")).sort();
  const [first = "", last = ""] = notes();
  for (const note of [first, last]) utimesSync(join(folder, "notifications/drill/app", note), 1, 1);
  await golive("prune");
  expect(notes()).toEqual([first, last]);
  await golive("prune", "--yes");
  expect(notes()).toEqual([last]);
});

test("a damaged backup is told as one, although a backup that failed ends with the same exit status", async () => {
  const store = diskStore(folder, new AbortController().signal);
  const manifest = await putBackup(store, signer, { at: new Date(), dump: Buffer.from("the dump") });
  writeFileSync(join(folder, manifest.dump.key), "the dumq");
  expect((await run("verify")).exit).toBe(codes.BACKUP_DAMAGED.exit);
  expect(slack.received[0]?.body).toMatch(/BACKUP_DAMAGED, 20/);
  expect(JSON.parse(pagerduty.received[0]?.body ?? "").payload.custom_details.more).toContainEqual(
    expect.stringMatching(/^BACKUP_DAMAGED, 20/),
  );
});

test("a backup that no given key opens is told as that", async () => {
  const memory = new MemoryStore();
  const { signer, recipients } = testKeys();
  const stranger = await identityToRecipient(await generateX25519Identity());
  await putSealed(memory, { signer, recipients: [stranger, stranger] }, { at: new Date() });
  const store = diskStore(folder, new AbortController().signal);
  for (const [key, body] of memory.objects) await store.putNew(key, body);
  expect(recipients).not.toContain(stranger);
  expect((await run("verify")).exit).toBe(codes.BACKUP_UNDECRYPTABLE.exit);
  expect(slack.received[0]?.body).toMatch(/BACKUP_UNDECRYPTABLE, 20/);
});
