import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "../cli.ts";
import { diskStore } from "../storage/disk-store.ts";
import { drilled, putBackup, testSigner, verified } from "../testing/backups.ts";
import { httpReceiver } from "../testing/receivers.ts";
import type { World } from "../verbs/verb.ts";
import { type MetricsServer, startMetricsServer } from "./metrics-server.ts";

const { signer, publicPem } = testSigner();
let home: string;
let folder: string;
let env: Record<string, string>;
let lines: string[];
let stop: AbortController;
let running: MetricsServer | undefined;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "golive-monitor-"));
  folder = join(home, "store");
  mkdirSync(folder);
  writeFileSync(join(home, "trusted.pem"), publicPem);
  env = {
    BACKUP_STORES: "disk",
    BACKUP_FOLDER: folder,
    BACKUP_TRUSTED_KEYS_FILE: join(home, "trusted.pem"),
    PGDATABASE: "app",
    BACKUP_METRICS_HOST: "127.0.0.1",
    BACKUP_METRICS_PORT: "0",
    BACKUP_MONITOR_INTERVAL_SECONDS: "1",
  };
  lines = [];
  stop = new AbortController();
  running = undefined;
});
afterEach(async () => {
  stop.abort();
  await running?.stopped;
  rmSync(home, { recursive: true, force: true });
});

const world = (): World => ({ env, now: () => new Date(), report: (line) => lines.push(line), signal: stop.signal });
const hourAgo = () => ({ at: new Date(Date.now() - 3_600_000) });
async function aBackup(sketch = hourAgo()): Promise<void> {
  const store = diskStore(folder, new AbortController().signal);
  await putBackup(store, signer, sketch, [verified(sketch, new Date()), drilled(sketch, new Date())]);
}
async function serve(): Promise<(path: string, init?: RequestInit) => Promise<Response>> {
  running = await startMetricsServer(world());
  const { port } = running;
  const get = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init);
  await expect.poll(async () => (await get("/readyz")).status, { timeout: 20_000 }).toBe(200);
  return get;
}
const value = async (answer: Promise<Response>, series: string): Promise<number | undefined> => {
  const line = (await (await answer).text()).split("\n").find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
};

test("serves metrics, a status for pages, and probes; everything else is refused", async () => {
  await aBackup();
  const get = await serve();
  expect((await get("/metrics")).headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(await value(get("/metrics"), 'golive_backup_count{database="app",state="proven"}')).toBe(1);
  expect(await (await get("/status.json")).json()).toMatchObject({
    state: "ok",
    databases: [
      {
        database: "app",
        backups: 1,
        lastBackup: { rows: 100 },
        lastProven: { id: expect.any(String) },
        lastDrill: { outcome: "passed", rtoSeconds: 6 },
      },
    ],
  });
  expect((await get("/healthz")).status).toBe(200);
  expect((await get("/")).status).toBe(404);
  expect((await get("/metrics", { method: "POST" })).status).toBe(405);
  expect(await (await get("/metrics", { method: "HEAD" })).text()).toBe("");
});

test("a store that goes away leaves the last success as it was, counts, and is seen again when it is back", async () => {
  await aBackup();
  const get = await serve();
  const success = 'golive_backup_last_success_timestamp_seconds{database="app"}';
  const before = await value(get("/metrics"), success);
  expect(before).toBeGreaterThan(0);
  renameSync(folder, `${folder}-away`);
  const errors = () => value(get("/metrics"), "golive_backup_monitor_errors_total");
  await expect.poll(errors, { timeout: 20_000 }).toBeGreaterThan(0);
  expect(await value(get("/metrics"), success)).toBe(before);
  expect(await value(get("/metrics"), `golive_backup_store_up{store="${folder}"}`)).toBe(0);
  renameSync(`${folder}-away`, folder);
  const up = () => value(get("/metrics"), `golive_backup_store_up{store="${folder}"}`);
  await expect.poll(up, { timeout: 20_000 }).toBe(1);
}, 60_000);

test("is ready with a store that was never there: the metrics tell, not a pod that does not start", async () => {
  rmSync(folder, { recursive: true });
  const get = await serve();
  expect(await value(get("/metrics"), 'golive_backup_last_success_timestamp_seconds{database="app"}')).toBe(undefined);
  expect(await value(get("/metrics"), 'golive_backup_check_status{database="",check="storage"}')).toBe(2);
});

test("those outside hear of each look", async () => {
  const outside = await httpReceiver(() => ({ status: 200 }));
  try {
    writeFileSync(join(home, "beat"), `${outside.url}/s3cr3t`);
    env["BACKUP_HEARTBEAT_URL_FILE"] = join(home, "beat");
    await aBackup();
    await serve();
    await expect.poll(() => outside.received.length, { timeout: 20_000 }).toBeGreaterThan(1);
    expect(lines.join("\n")).not.toContain("s3cr3t");
  } finally {
    await outside.close();
  }
});

test.each(["canary", "[]", '{"backup":"canary"}', '{"backup":"ftp://canary/"}'])(
  "addresses of check-ins that are %s stop the start, and are not repeated",
  async (text) => {
    writeFileSync(join(home, "check-ins"), text);
    env["BACKUP_SENTRY_CHECK_INS_FILE"] = join(home, "check-ins");
    const refused = await startMetricsServer(world()).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "CONFIG_INVALID" });
    expect(String(refused)).toContain("BACKUP_SENTRY_CHECK_INS_FILE");
    expect(String(refused)).not.toContain("canary");
  },
);

test("stops at the signal, also with a client that keeps its connection", async () => {
  await aBackup();
  const get = await serve();
  await (await get("/metrics", { headers: { connection: "keep-alive" } })).text();
  stop.abort();
  await running?.stopped;
  await expect(get("/healthz")).rejects.toThrow();
});

test.each([
  ["a missing key file", { BACKUP_TRUSTED_KEYS_FILE: "" }, /BACKUP_TRUSTED_KEYS_FILE is not set/],
  ["a wrong number", { BACKUP_RPO_SECONDS: "a day" }, /BACKUP_RPO_SECONDS=a day/],
])("%s ends the start with what is wrong", async (_what, change, message) => {
  Object.assign(env, change);
  const { exit, stderr } = await runCli(["metrics-server"], world());
  expect({ exit, stderr }).toEqual({ exit: 2, stderr: expect.stringMatching(message) });
});

test("a port that is taken is told by its number", async () => {
  await serve();
  env["BACKUP_METRICS_PORT"] = String(running?.port);
  expect(await runCli(["metrics-server"], world())).toMatchObject({
    exit: 3,
    stderr: expect.stringContaining(`PORT_TAKEN: port ${running?.port} is in use`),
  });
});
