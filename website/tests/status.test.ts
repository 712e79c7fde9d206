import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { metricTable } from "../../services/backup/monitor/metric-table.ts";
import { type ActiveAlert, prometheusAt, type Series } from "../server/prometheus.ts";
import { queries, readStatus } from "../server/status.ts";
import { cachedForMs, cachedStatus } from "../server/status-cache.ts";

const now = new Date("2026-11-28T10:00:00Z");
const seconds = (text: string) => Date.parse(text) / 1000;
const app = (value: number, plane?: string): Series => ({
  labels: { database: "app", ...(plane ? { plane } : {}) },
  value,
});

interface Known {
  readonly proven?: readonly Series[];
  readonly objective?: readonly Series[];
  readonly drilled?: readonly Series[];
  readonly red?: readonly Series[];
  readonly alerts?: readonly ActiveAlert[];
}

const good = {
  proven: [app(seconds("2026-11-28T02:00:00Z"))],
  objective: [{ labels: {}, value: 86_400 }],
  drilled: [app(seconds("2026-11-25T03:00:00Z"), "dump"), app(0, "point-in-time")],
  red: [app(0, "dump")],
};

const statusOf = (known: Known) => readStatus(fake(known), now, AbortSignal.timeout(1000));

function fake(known: Known) {
  const named = Object.entries(queries) as [keyof typeof queries, string][];
  return {
    query: async (promql: string) => known[named.find(([, query]) => query === promql)?.[0] ?? "proven"] ?? [],
    alerts: async () => known.alerts ?? [],
  };
}

describe("the status of the platform", () => {
  it("asks for metrics that the monitor of the backups has", () => {
    for (const query of Object.values(queries)) {
      const name = /golive_backup_\w+/.exec(query)?.[0];
      expect(Object.keys(metricTable)).toContain(name);
    }
  });

  it("tells the last proven backup and the last drill", async () => {
    expect(await statusOf(good)).toEqual({
      at: "2026-11-28T10:00:00.000Z",
      lastProvenBackup: { database: "app", at: "2026-11-28T02:00:00.000Z", late: false },
      lastDrill: { database: "app", plane: "dump", outcome: "passed", at: "2026-11-25T03:00:00.000Z" },
      firing: [],
    });
  });

  it("speaks of the worst database", async () => {
    const other = { labels: { database: "other" }, value: seconds("2026-11-26T02:00:00Z") };
    const { lastProvenBackup } = await statusOf({ ...good, proven: [...good.proven, other] });
    expect(lastProvenBackup).toEqual({ database: "other", at: "2026-11-26T02:00:00.000Z", late: true });
  });

  it("tells never from unknown", async () => {
    expect(await statusOf({ ...good, proven: [app(0)], drilled: [app(0, "dump")] })).toMatchObject({
      lastProvenBackup: null,
      lastDrill: null,
    });
    expect(await statusOf({})).toMatchObject({ lastProvenBackup: "unknown", lastDrill: "unknown" });
  });

  it("tells of a drill that failed, though another passed later", async () => {
    const red = [app(0, "dump"), app(1, "point-in-time")];
    expect((await statusOf({ ...good, red })).lastDrill).toEqual({
      database: "app",
      plane: "point-in-time",
      outcome: "failed",
      at: null,
    });
  });

  it("lists what fires, pages first, each once, with a link that can only be a page of this site", async () => {
    const alert = (
      name: string,
      severity: string,
      annotations: Record<string, string>,
      state = "firing",
    ): ActiveAlert => ({
      labels: { alertname: name, severity },
      annotations,
      state,
    });
    const alerts = [
      alert("Watchdog", "none", { runbook: "alerts-undelivered" }),
      alert("Slow", "ticket", { runbook: "gateway-latency" }),
      alert("Down", "page", { runbook_url: "https://runbooks.example.com/alerts/postgres-down/" }),
      alert("Down", "page", { runbook: "postgres-down" }),
      alert("Odd", "ticket", { runbook: "javascript:alert(1)" }),
      alert("Waiting", "page", { runbook: "postgres-down" }, "pending"),
    ];
    expect((await statusOf({ ...good, alerts })).firing).toEqual([
      { name: "Down", severity: "page", slug: "postgres-down" },
      { name: "Odd", severity: "ticket", slug: null },
      { name: "Slow", severity: "ticket", slug: "gateway-latency" },
    ]);
  });
});

describe("asking Prometheus", () => {
  it("reads its answers, and is unknown when one of them is not what it should be", async () => {
    let broken = false;
    const server = createServer((request, response) => {
      const alerts = request.url === "/api/v1/alerts";
      const data = alerts
        ? { alerts: [] }
        : { result: [{ metric: { database: "app", plane: "dump" }, value: [0, "1764295200"] }] };
      response.writeHead(broken ? 500 : 200).end(JSON.stringify({ status: "success", data }));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const prometheus = prometheusAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      expect(await cachedStatus(prometheus)()).toMatchObject({
        lastProvenBackup: { database: "app", at: "2025-11-28T02:00:00.000Z" },
      });
      broken = true;
      expect(await cachedStatus(prometheus)()).toBeUndefined();
    } finally {
      server.close();
    }
  });

  it("happens once in fifteen seconds, also while it fails", async () => {
    let asked = 0;
    let at = now.getTime();
    const query = async () => {
      asked += 1;
      throw new Error("refused");
    };
    const ask = cachedStatus({ query, alerts: async () => [] }, () => new Date(at));
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([undefined, undefined, undefined]);
    expect(asked).toBe(Object.keys(queries).length);
    at += cachedForMs;
    await ask();
    expect(asked).toBe(2 * Object.keys(queries).length);
  });

  it("waits two seconds, no longer", async () => {
    const never = (_: string, signal: AbortSignal) =>
      new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const begun = performance.now();
    expect(await cachedStatus({ query: never, alerts: async () => [] })()).toBeUndefined();
    expect(performance.now() - begun).toBeLessThan(4_000);
  });
});
