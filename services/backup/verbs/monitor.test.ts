import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "../cli.ts";
import { diskStore } from "../storage/disk-store.ts";
import { drilled, putBackup, testSigner, verified } from "../testing/backups.ts";
import { httpReceiver } from "../testing/receivers.ts";

const { signer, publicPem } = testSigner();
let home: string;
let folder: string;
let env: Record<string, string>;
let hours: number;
let outside: Awaited<ReturnType<typeof httpReceiver>>;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "golive-monitor-"));
  folder = join(home, "store");
  mkdirSync(folder);
  outside = await httpReceiver(() => ({ status: 200 }));
  const file = (name: string, text: string): string => {
    writeFileSync(join(home, name), text);
    return join(home, name);
  };
  env = {
    BACKUP_STORES: "disk",
    BACKUP_FOLDER: folder,
    BACKUP_TRUSTED_KEYS_FILE: file("trusted.pem", publicPem),
    PGDATABASE: "app",
    BACKUP_SLACK_WEBHOOK_FILE: file("slack", `${outside.url}/slack`),
    BACKUP_HEARTBEAT_URL_FILE: file("beat", `${outside.url}/beat`),
    BACKUP_HEARTBEAT_FAIL_SUFFIX: "/fail",
  };
  hours = 0;
});
afterEach(async () => {
  await outside.close();
  rmSync(home, { recursive: true, force: true });
});

const monitor = (...flags: string[]) =>
  runCli(["monitor", ...flags], {
    env,
    now: () => new Date(Date.now() + hours * 3_600_000),
    report: () => undefined,
    signal: new AbortController().signal,
  });
async function aBackup({ withDrill = true } = {}): Promise<void> {
  const sketch = { at: new Date(Date.now() - 3_600_000) };
  const records = [verified(sketch, new Date()), ...(withDrill ? [drilled(sketch, new Date())] : [])];
  await putBackup(diskStore(folder, new AbortController().signal), signer, sketch, records);
}
const paths = () => outside.received.splice(0).map(({ path }) => path);

test("exit 0 and OK when all is well; the heartbeat beats", async () => {
  await aBackup();
  const { exit, stdout } = await monitor();
  expect({ exit, stdout }).toEqual({
    exit: 0,
    stdout: expect.stringMatching(/^OK: 6 checks\n\nOK +proven-age of "app" /),
  });
  expect(paths()).toEqual(["/beat"]);
});

test("exit 1 and WARNING when somebody should look", async () => {
  await aBackup({ withDrill: false });
  const { exit, stdout } = await monitor();
  expect({ exit, stdout }).toEqual({
    exit: 1,
    stdout: expect.stringMatching(/^WARNING: drill of "app": no drill was made yet/),
  });
});

test("exit 2 and CRITICAL when a check fails, as JSON with value, limit and runbook", async () => {
  await aBackup();
  hours = 30;
  const { exit, stdout } = await monitor("--json");
  expect(exit).toBe(2);
  const report = JSON.parse(stdout);
  expect(report.state).toBe("fail");
  expect(report.checks[0]).toMatchObject({
    check: "proven-age",
    database: "app",
    state: "fail",
    limit: 93_600,
    runbook: "backup-not-proven",
  });
  expect(report.checks[0].value).toBeGreaterThan(31 * 3600 - 10);
  expect(paths()).toEqual(["/slack", "/beat/fail"]);
});

test("exit 3 and UNKNOWN when the checks cannot be made", async () => {
  env["BACKUP_RPO_SECONDS"] = "soon";
  const { exit, stdout, stderr } = await monitor();
  expect({ exit, stdout, stderr }).toEqual({
    exit: 3,
    stdout: expect.stringMatching(/^UNKNOWN: the checks could not be made: BACKUP_RPO_SECONDS=soon/),
    stderr: "",
  });
});

test("exit 3 has the same JSON as the others, with the error", async () => {
  env["BACKUP_RPO_SECONDS"] = "soon";
  const { exit, stdout } = await monitor("--json");
  expect({ exit, report: JSON.parse(stdout) }).toEqual({
    exit: 3,
    report: {
      at: expect.stringMatching(/^\d{4}-/),
      state: "unknown",
      checks: [],
      error: {
        code: "CONFIG_INVALID",
        message: expect.stringContaining("BACKUP_RPO_SECONDS=soon"),
        hint: expect.any(String),
      },
    },
  });
});

test("another check that turns red is told at once, although one was red before", async () => {
  await aBackup();
  hours = 30;
  await monitor();
  // The dump is gone: beside its age, its integrity is red.
  for (const dump of readdirSync(folder, { recursive: true }).filter((name) => `${name}`.endsWith("dump.zst.age")))
    rmSync(join(folder, String(dump)));
  hours = 31;
  await monitor();
  await monitor();
  const told = outside.received.filter(({ path }) => path === "/slack").map(({ body }) => body);
  expect([told.length, told[0]?.includes("integrity"), told[1]?.includes("integrity")]).toEqual([2, false, true]);
});

test("what stays red is told once a day, and its end at once", async () => {
  await aBackup();
  for (const after of [30, 36, 42, 48]) {
    hours = after;
    expect((await monitor()).exit).toBe(2);
  }
  expect(paths().filter((path) => path === "/slack").length).toBe(1);
  hours = 60;
  await monitor();
  expect(paths()).toEqual(["/slack", "/beat/fail"]);
  hours = 0;
  expect((await monitor()).exit).toBe(0);
  expect(outside.received.find(({ path }) => path === "/slack")?.body).toContain("monitor is well again");
});

test("its help tells the exit statuses of monitoring plugins", async () => {
  const { stdout } = await monitor("--help");
  expect(stdout).toMatch(/ 0 +OK.*\n +1 +WARNING.*\n +2 +CRITICAL.*\n +3 +UNKNOWN/);
});

test("notify test sends one message to each channel, and says which did not take it", async () => {
  const notifyTest = () =>
    runCli(["notify", "test"], {
      env,
      now: () => new Date(),
      report: () => undefined,
      signal: new AbortController().signal,
    });
  expect(await notifyTest()).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^slack +sent/) });
  expect(outside.received[0]?.body).toContain("This is a test");
  await outside.close();
  outside = await httpReceiver(() => ({ status: 404, body: "no_service" }));
  writeFileSync(join(home, "slack"), `${outside.url}/s3cr3t`);
  const { exit, stderr } = await notifyTest();
  expect({ exit, stderr }).toEqual({
    exit: 8,
    stderr: expect.stringMatching(/slack did not take .* answered 404: no_service/),
  });
  expect(stderr).not.toContain("s3cr3t");
  delete env["BACKUP_SLACK_WEBHOOK_FILE"];
  expect(await notifyTest()).toMatchObject({ exit: 2, stderr: expect.stringContaining("no channel is set up") });
});
