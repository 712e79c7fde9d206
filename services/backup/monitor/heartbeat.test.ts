import { afterEach, beforeEach, expect, test } from "vitest";
import { closedUrl, httpReceiver } from "../testing/receivers.ts";
import { heartbeat } from "./heartbeat.ts";
import type { State } from "./verdict.ts";

let outside: Awaited<ReturnType<typeof httpReceiver>>;
let status: number | undefined;
let lines: string[];
beforeEach(async () => {
  [status, lines] = [200, []];
  outside = await httpReceiver(() => (status === undefined ? undefined : { status }));
});
afterEach(() => outside.close());

const report = (line: string) => lines.push(line);
const paths = () => outside.received.map(({ path }) => path);

test.each([
  ["ok", undefined, ["/ping/s3cr3t"]],
  ["warn", undefined, ["/ping/s3cr3t"]],
  ["fail", undefined, []],
  ["unknown", undefined, []],
  ["fail", "/fail", ["/ping/s3cr3t/fail"]],
  ["ok", "/fail", ["/ping/s3cr3t"]],
] as const)("after a look that is %s with suffix %s, %j is requested", async (state, failSuffix, requested) => {
  const beat = heartbeat(
    { heartbeat: { url: new URL(`${outside.url}/ping/s3cr3t`), failSuffix }, sentryCron: undefined },
    "x",
    report,
  );
  await beat.begin();
  await beat.end(state);
  expect(paths()).toEqual(requested);
});

test.each([
  ["ok", "ok"],
  ["warn", "ok"],
  ["fail", "error"],
  ["unknown", "error"],
] satisfies [State, string][])(
  "Sentry hears that a look began and that it was %s, as one check-in",
  async (state, said) => {
    const cron = new URL(`${outside.url}/api/1/cron/monitor/k3y/`);
    const beat = heartbeat({ heartbeat: undefined, sentryCron: cron }, "production", report);
    await beat.begin();
    await beat.end(state);
    const asked = outside.received.map(({ path }) => new URL(path, outside.url));
    expect(
      asked.map(({ pathname, searchParams }) => [
        pathname,
        searchParams.get("status"),
        searchParams.get("environment"),
      ]),
    ).toEqual([
      ["/api/1/cron/monitor/k3y/", "in_progress", "production"],
      ["/api/1/cron/monitor/k3y/", said, "production"],
    ]);
    const ids = asked.map(({ searchParams }) => searchParams.get("check_in_id"));
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(ids[1]).toBe(ids[0]);
  },
);

test.each([
  ["is down", async () => closedUrl(), /not reached: ECONNREFUSED/],
  ["answers 500", async () => outside.url, /answered 500/],
  ["hangs", async () => outside.url, /not reached: TimeoutError/],
] as const)("a watcher that %s is a line in the log, within its time, without its address", async (what, url, line) => {
  status = what === "hangs" ? undefined : 500;
  const to = new URL(`${await url()}/ping/s3cr3t`);
  const begun = performance.now();
  const beat = heartbeat({ heartbeat: { url: to, failSuffix: undefined }, sentryCron: to }, "x", report, 500);
  await beat.begin();
  await beat.end("ok");
  expect(performance.now() - begun).toBeLessThan(5_000);
  expect(lines.length).toBe(3);
  for (const one of lines) expect(one).toMatch(line);
  expect(lines.join()).not.toContain("s3cr3t");
});

test.each([
  [503, 2],
  [429, 2],
  [404, 1],
] as const)("after a %i a beat is sent %i times: once again, where that may help", async (first, times) => {
  let asked = 0;
  const flaky = await httpReceiver(() => ({ status: ++asked === 1 ? first : 200 }));
  try {
    const to = { url: new URL(`${flaky.url}/ping`), failSuffix: undefined };
    await heartbeat({ heartbeat: to, sentryCron: undefined }, "x", report, 500).end("ok");
    expect([flaky.received.length, lines.length]).toEqual([times, times === 2 ? 0 : 1]);
  } finally {
    await flaky.close();
  }
});

test("where nobody watches, nothing is requested", async () => {
  const beat = heartbeat({ heartbeat: undefined, sentryCron: undefined }, "x", report);
  await beat.begin();
  await beat.end("ok");
  expect([paths(), lines]).toEqual([[], []]);
});
