import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CheckIns, checkInOf } from "./check-ins.ts";
import type { Schedule } from "./schedules.ts";

const at = (time: string) => new Date(`2026-11-28T${time}:00Z`);
const drill = (facts: Partial<Schedule>): Schedule => ({ name: "backup-drill", suspended: false, ...facts });

test.each([
  ["never fired", {}, undefined],
  ["is under way", { lastScheduled: at("04:00"), active: 1 }, "in_progress"],
  [
    "is under way again after one that went well",
    { lastScheduled: at("04:00"), lastSucceeded: at("03:00"), active: 1 },
    "in_progress",
  ],
  ["went well", { lastScheduled: at("04:00"), lastSucceeded: at("04:30") }, "ok"],
  ["failed", { lastScheduled: at("04:00") }, "error"],
  ["failed after one that went well", { lastScheduled: at("04:00"), lastSucceeded: at("03:30") }, "error"],
])("a schedule that %s", (_what, facts, status) => {
  expect(checkInOf(drill(facts))?.status).toBe(status);
});

describe("what is told", () => {
  let server: Server;
  let asked: URLSearchParams[];
  let status: number;
  let lines: string[];
  let checkIns: CheckIns;
  beforeEach(async () => {
    asked = [];
    lines = [];
    status = 202;
    server = createServer((request, response) => {
      asked.push(new URL(request.url ?? "", "http://x").searchParams);
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    checkIns = fresh();
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const fresh = () => {
    const { port } = server.address() as AddressInfo;
    return new CheckIns(
      { "backup-drill": new URL(`http://127.0.0.1:${port}/api/1/cron/backup-drill/canary/`) },
      "staging",
    );
  };
  const tell = (facts: Partial<Schedule>, now: string, to = checkIns) =>
    to.tell([drill(facts)], at(now), (line) => void lines.push(line));

  test("a run is told when it begins and when it has ended, once each, under one id and the stack's environment", async () => {
    await tell({ lastScheduled: at("04:00"), active: 1 }, "04:01");
    await tell({ lastScheduled: at("04:00"), active: 1 }, "04:06");
    await tell({ lastScheduled: at("04:00"), lastSucceeded: at("04:20") }, "04:21");
    await tell({ lastScheduled: at("04:00"), lastSucceeded: at("04:20") }, "04:26");
    expect(asked.map((query) => query.get("status"))).toEqual(["in_progress", "ok"]);
    expect(new Set(asked.map((query) => query.get("check_in_id"))).size).toBe(1);
    expect(asked[0]?.get("check_in_id")).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(asked[0]?.get("environment")).toBe("staging");
  });

  test("the next run has another id, and its failure is told", async () => {
    await tell({ lastScheduled: at("03:00"), lastSucceeded: at("03:10") }, "03:11");
    await tell({ lastScheduled: at("04:00"), lastSucceeded: at("03:10") }, "04:11");
    expect(asked.map((query) => query.get("status"))).toEqual(["ok", "error"]);
    expect(new Set(asked.map((query) => query.get("check_in_id"))).size).toBe(2);
  });

  test("after a restart the run of the moment keeps its id, and old ones are left alone", async () => {
    await tell({ lastScheduled: at("04:00"), active: 1 }, "04:01");
    await tell({ lastScheduled: at("04:00"), lastSucceeded: at("04:20") }, "04:21", fresh());
    expect(asked[0]?.get("check_in_id")).toBe(asked[1]?.get("check_in_id"));
    await tell({ lastScheduled: at("04:00"), lastSucceeded: at("04:20") }, "23:00", fresh());
    expect(asked).toHaveLength(2);
  });

  test("a monitor that refuses is a warning without its address, and one without an address is not asked", async () => {
    status = 404;
    await tell({ lastScheduled: at("04:00"), active: 1 }, "04:01");
    expect(lines).toEqual(["warning: Sentry's cron monitor of backup-drill answered 404"]);
    await checkIns.tell(
      [{ name: "backup", suspended: false, lastScheduled: at("02:00") }],
      at("04:01"),
      () => undefined,
    );
    expect(asked).toHaveLength(1);
  });
});
