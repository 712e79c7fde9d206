import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { codes } from "@golive/errors/codes.ts";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Answer, closedUrl, httpReceiver, type Received } from "../testing/receivers.ts";
import type { Result, World } from "../verbs/verb.ts";
import { databasesOf, notifying } from "./notifying.ts";

let home: string;
let slack: Awaited<ReturnType<typeof httpReceiver>>;
let answer: Answer;
let lines: string[];
let hours: number;
let env: Record<string, string>;

const file = (name: string, content: string): string => {
  writeFileSync(join(home, name), content);
  return join(home, name);
};

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "golive-notifying-"));
  answer = { status: 200 };
  slack = await httpReceiver(() => answer);
  lines = [];
  hours = 0;
  env = {
    BACKUP_STORES: "disk",
    BACKUP_FOLDER: mkdtempSync(join(home, "store-")),
    PGDATABASE: "app",
    BACKUP_SLACK_WEBHOOK_FILE: file("slack", `${slack.url}/services/s3cr3t\n`),
  };
});
afterEach(async () => {
  await slack.close();
  rmSync(home, { recursive: true, force: true });
});

const world = (signal = new AbortController().signal): World => ({
  env,
  now: () => new Date(Date.parse("2026-11-25T02:00:00Z") + hours * 3_600_000),
  report: (line) => lines.push(line),
  signal,
});
const broken = new GoliveError("BACKUP_FAILED", "pg_dump ended with 1", "See the log.");
const explain = (thrown: unknown) => thrown as GoliveError;
const good: Result = { json: {}, text: "backup 1 of app" };

/** One run an hour later than the last. */
async function run(outcome: Result | GoliveError, of = world()): Promise<unknown> {
  hours++;
  return notifying(
    of,
    { kind: "backup", database: "app" },
    async () => {
      if (outcome instanceof GoliveError) throw outcome;
      return outcome;
    },
    explain,
  ).catch((thrown: unknown) => thrown);
}
const titles = () => slack.received.map(({ body }: Received) => JSON.parse(body).text as string);
const stored = () =>
  readdirSync(env["BACKUP_FOLDER"] ?? "", { recursive: true }).filter((name) => `${name}`.endsWith(".json"));

test("a failure is told at once, its recovery once, and good nights leave nothing behind", async () => {
  await run(good);
  expect([titles(), stored()]).toEqual([[], []]);
  expect(await run(broken)).toBe(broken);
  expect(await run(broken)).toBe(broken);
  expect(await run(good)).toBe(good);
  await run(good);
  expect(titles()).toEqual([
    '[local] backup failed for "app"',
    '[local] backup failed for "app"',
    '[local] backup is well again for "app"',
  ]);
  expect(JSON.parse(slack.received[2]?.body ?? "").blocks[1].text.text).toContain(
    "not been well since 2026-11-25T04:00:00.000Z",
  );
  expect(stored().length).toBe(3);
});

test("a channel that is down changes no result, and is told by the next run", async () => {
  env["BACKUP_SLACK_WEBHOOK_FILE"] = file("down", `${await closedUrl()}/services/s3cr3t`);
  expect(await run(broken)).toBe(broken);
  expect(lines).toContainEqual(expect.stringMatching(/^warning: slack was not told after 4 tries: .*ECONNREFUSED/));
  expect(lines.join("\n")).not.toContain("s3cr3t");
  env["BACKUP_SLACK_WEBHOOK_FILE"] = join(home, "slack");
  await run(good);
  expect(titles()).toEqual(['[local] backup is well again for "app"']);
}, 60_000);

test("a recovery that did not arrive is told again by the next good run", async () => {
  await run(broken);
  answer = { status: 404 };
  await run(good);
  answer = { status: 200 };
  await run(good);
  await run(good);
  expect(titles().slice(1)).toEqual(Array.from({ length: 2 }, () => '[local] backup is well again for "app"'));
});

test("success summaries are sent where they are asked for", async () => {
  env["BACKUP_NOTIFY_SUCCESS"] = "true";
  await run(good);
  expect(titles()).toEqual(['[local] backup went well for "app"']);
});

test("an anomaly of a backup that went well is told", async () => {
  await run({ ...good, notable: ["rows −90 %"] });
  expect(titles()).toEqual(['[local] backup asks somebody to look at "app"']);
  expect(slack.received[0]?.body).toContain("rows −90 %");
});

test("a red drill is told as one although the verb answers in full", async () => {
  const red: Result = { json: {}, text: "5 rows are missing", exit: 11, code: "DRILL_RED" };
  expect(await notifying(world(), { kind: "drill", database: "app" }, async () => red, explain)).toBe(red);
  expect(titles()).toEqual(['[local] drill is red: a backup does not restore, of "app"']);
});

test.each(["BACKUP_DAMAGED", "BACKUP_UNDECRYPTABLE"] as const)(
  "bad news of a verb names its own error, %s, and not another one of the same exit status",
  async (code) => {
    await run({ json: {}, text: "DAMAGED 2026-11-24", exit: codes[code].exit, code });
    await run({ json: {}, text: "bad, in a way that has no name", exit: codes[code].exit });
    expect(slack.received[0]?.body).toContain(`${code}, 2026-11-25T03:00:00.000Z`);
    expect(slack.received[1]?.body).toMatch(/no name\\n2026-11-25T04:00:00\.000Z/);
  },
);

test("what waits for a person is told once a day, what joins it at once, and its end too", async () => {
  env["BACKUP_NOTIFY_AGAIN_HOURS"] = "24";
  const frozen = (...about: string[]): Result => ({ ...good, notable: about.map((one) => `${one} is frozen`), about });
  for (let hour = 0; hour < 26; hour++) await run(frozen("app in s3"));
  expect(titles().length).toBe(2);
  await run(frozen("app in s3", "billing in s3"));
  await run(frozen("app in s3"));
  await run(frozen("app in s3", "billing in s3"));
  expect(titles().length).toBe(3);
  await run(good);
  await run(good);
  expect(titles().slice(3)).toEqual(['[local] backup is well again for "app"']);
  // The same again is another trouble.
  await run(frozen("app in s3"));
  expect(titles().length).toBe(5);
});

test("a night that begins a second earlier than the one before is a day later", async () => {
  const waits: Result = { ...good, notable: ["frozen"], about: ["app"] };
  for (let night = 0; night < 4; night++) {
    hours = night * 24 - 1 - night / 3600;
    await run(waits);
  }
  expect(titles().length).toBe(4);
});

test("a clock that was two days ahead once silences nobody, and repeats no recovery", async () => {
  hours = 48;
  await run(broken);
  hours = 0;
  await run({ ...good, notable: ["odd"], about: ["app"] });
  await run(good);
  await run(good);
  expect(titles()).toEqual([
    '[local] backup failed for "app"',
    '[local] backup asks somebody to look at "app"',
    '[local] backup is well again for "app"',
  ]);
});

test("an interrupted run is told too, and soon", async () => {
  const stop = new AbortController();
  stop.abort();
  const interrupted = new GoliveError("INTERRUPTED", "stopped by a signal", "Run it again.");
  expect(await run(interrupted, world(stop.signal))).toBe(interrupted);
  expect(titles()).toEqual(['[local] backup failed for "app"']);
});

test("nobody is told that another run holds the lock", async () => {
  await run(new GoliveError("LOCKED", "another run", "Wait."));
  expect(titles()).toEqual([]);
});

test("a verb that tells nobody, and an environment without channels, do no more than their work", async () => {
  expect(await notifying(world(), undefined, async () => good, explain)).toBe(good);
  delete env["BACKUP_SLACK_WEBHOOK_FILE"];
  expect(await run(broken)).toBe(broken);
  expect([lines, stored()]).toEqual([[], []]);
});

test.each([
  ["a wrong variable", () => ({ BACKUP_SMTP_PORT: "mail" }), /nobody was told of this run: BACKUP_SMTP_PORT=mail/],
  ["a secret that is not mounted", () => ({ BACKUP_SLACK_WEBHOOK_FILE: join(home, "none") }), /ENOENT/],
  ["a secret that is no address", () => ({ BACKUP_SLACK_WEBHOOK_FILE: file("bad", "s3cr3t") }), /holds no http/],
])("%s changes no result and is reported without the secret", async (_what, change, warning) => {
  Object.assign(env, change());
  expect(await run(good)).toBe(good);
  expect(lines.join("\n")).toMatch(warning);
  expect(lines.join("\n")).not.toContain("s3cr3t");
});

test("a store that is not there costs the memory only", async () => {
  env["BACKUP_FOLDER"] = join(home, "gone");
  expect(await run(broken)).toBe(broken);
  expect(titles()).toEqual(['[local] backup failed for "app"']);
  expect(lines.join("\n")).toMatch(/what was told cannot be kept for the next run/);
});

test("a run is told of by the databases that its flags or variables name", () => {
  expect([
    databasesOf({ PGDATABASE: "app" }),
    databasesOf({ PGDATABASE: "app" }, { database: "a,b" }),
    databasesOf({ PGDATABASE: "app" }, { all: true }),
    databasesOf({}),
  ]).toEqual(["app", "a,b", "all databases", "all databases"]);
});
