import { alertRules } from "@golive/infra/errors/alerts.ts";
import { alerts } from "@golive/infra/metrics/alerts.ts";
import { recordingRules } from "@golive/infra/metrics/recording-rules.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEcho, stopEcho } from "./echo-upstream.ts";
import { bearer, golive, goliveJson, kubectl, prefix, stack, url } from "./golive.ts";
import { until } from "./until.ts";

/** What clients, operators and the services behind it see of the gateway, on the real platform. The order matters. */

const app = `${prefix}-app`;

type Role = Parameters<typeof bearer>[0];

async function ask(role: Role | "nobody", path: string, init: RequestInit & { json?: unknown } = {}) {
  const { json, ...rest } = init;
  const headers = new Headers(rest.headers);
  if (role !== "nobody" && !headers.has("authorization")) headers.set("authorization", await bearer(role));
  if (json !== undefined) headers.set("content-type", "application/json");
  const body = json === undefined ? {} : { body: JSON.stringify(json) };
  const response = await fetch(url(8000, path), { signal: AbortSignal.timeout(20_000), ...rest, ...body, headers });
  const text = await response.text();
  const type = response.headers.get("content-type") ?? "";
  return { status: response.status, headers: response.headers, body: type.includes("json") ? JSON.parse(text) : text };
}

async function json<T>(target: string): Promise<T> {
  return (await (await fetch(target, { signal: AbortSignal.timeout(10_000) })).json()) as T;
}

beforeAll(async () => {
  const up = await golive(["up", stack]);
  expect(up.exit, `${up.stdout}\n${up.stderr}`).toBe(0);
  await until("the gateway", 60_000, async () =>
    (await ask("nobody", "/api/health")).status === 200 ? true : undefined,
  );
}, 1_800_000);
afterAll(stopEcho);

describe("who may do what", () => {
  test("without a token nobody learns anything but the state and the documentation", async () => {
    expect(await ask("nobody", "/api/projects")).toMatchObject({
      status: 401,
      body: { type: "urn:golive:problem:unauthenticated" },
    });
    expect(await ask("nobody", "/echo/")).toMatchObject({ status: 401 });
    expect((await ask("nobody", "/api/docs")).body).toContain("swagger-ui-bundle.js");
    expect((await ask("nobody", "/api/openapi.json")).body.paths).toHaveProperty("/api/pipelines/{id}/runs");
    expect((await ask("nobody", "/api/health")).body).toMatchObject({ checks: { limits: { status: "shared" } } });
  });

  test("a viewer reads, an operator changes, an administrator sees who did", async () => {
    const project = { name: "Guarded", slug: "guarded" };
    expect((await ask("viewer", "/api/projects")).status).toBe(200);
    expect((await ask("viewer", "/api/projects", { method: "POST", json: project })).status).toBe(403);
    const created = await ask("operator", "/api/projects", { method: "POST", json: project });
    expect(created.status).toBe(201);
    expect((await ask("operator", "/api/audit")).status).toBe(403);
    const log = (await ask("admin", `/api/audit?entityId=${created.body.id}`)).body;
    expect(log.items).toMatchObject([{ action: "created", entity: "project", actorId: "golive-cli" }]);
    expect(log.items[0].traceId).toBe(created.headers.get("x-trace-id"));
  });

  test("a token of another stack's secret is refused, and counted", async () => {
    const own = (await bearer("admin")).split(".");
    const forged = `${own[0]}.${own[1]}.${"A".repeat(43)}`;
    expect(await ask("nobody", "/api/projects", { headers: { authorization: forged } })).toMatchObject({ status: 401 });
    await until("the security event", 60_000, async () => {
      const query = encodeURIComponent('sum(security_events_total{kind="authentication-failure"})');
      const answer = await json<{ data: { result: { value: [number, string] }[] } }>(
        url(9090, `/api/v1/query?query=${query}`),
      );
      return Number(answer.data.result[0]?.value[1] ?? 0) > 0 ? true : undefined;
    });
  });
});

describe("pipeline runs", () => {
  test("a run is executed in the background, is one trace with its steps, and is counted", async () => {
    const project = await ask("operator", "/api/projects", { method: "POST", json: { name: "Runs", slug: "runs" } });
    const created = await ask("operator", `/api/projects/${project.body.id}/pipelines`, {
      method: "POST",
      json: { name: "ci", ref: "main" },
    });
    const started = await ask("operator", `/api/pipelines/${created.body.id}/runs`, { method: "POST", json: {} });
    expect(started).toMatchObject({ status: 201, body: { number: 1 } });
    const run = await until("the end of the run", 60_000, async () => {
      const { body } = await ask("viewer", `/api/runs/${started.body.id}`);
      return body.status === "succeeded" ? body : undefined;
    });
    expect(run.steps.every(({ status }: { status: string }) => status === "succeeded")).toBe(true);
    const spans = await until("the run's spans in Jaeger", 60_000, async () => {
      const answer = await json<{ data?: { spans: { operationName: string }[] }[] }>(
        url(16686, `/api/traces/${run.traceId}`),
      );
      const names = answer.data?.[0]?.spans.map(({ operationName }) => operationName) ?? [];
      return names.includes("pipeline.run") ? names : undefined;
    });
    expect(spans.join(" ")).toContain("POST /api/pipelines/:id/runs");
  });
});

describe("rules", () => {
  /** Series that are born with their first event, which has not happened yet. */
  const born: Readonly<Record<string, string>> = {
    otelcol_exporter_send_failed_spans_total: "Jaeger counts failures from the first one on",
    otelcol_receiver_refused_spans_total: "the same",
    golive_backup_rpo_seconds: "there is no proven backup yet",
    golive_backup_bytes_ratio: "there are no two backups yet",
    golive_backup_rows_ratio: "the same",
    golive_backup_drill_rto_seconds: "there was no drill yet",
    golive_backup_run_failing: "nobody has been told of a run yet",
    golive_backup_undelivered_notifications: "the same",
  };

  test("every metric that a rule reads exists in the running platform", async () => {
    const read = [...Object.values(alerts), ...recordingRules].flatMap(({ expr }) =>
      [...expr.matchAll(/([a-z_][\w:]+)\{/g)].map(([, name]) => name ?? ""),
    );
    const wanted = [...new Set(read)].filter((name) => !(name in born));
    expect(wanted.length).toBeGreaterThan(40);
    await until("all of them in Prometheus", 120_000, async () => {
      const { data } = await json<{ data: string[] }>(url(9090, "/api/v1/label/__name__/values"));
      const there = new Set(data);
      const missing = wanted.filter((name) => !there.has(name));
      if (missing.length > 0) throw new Error(`missing: ${missing.join(", ")}`);
      return true;
    });
  });

  test("every rule is evaluated without a fault", async () => {
    const { data } = await json<{
      data: { groups: { rules: { name: string; health: string; lastError?: string }[] }[] };
    }>(url(9090, "/api/v1/rules"));
    const rules = data.groups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(40);
    expect(rules.filter(({ health }) => health !== "ok" && health !== "unknown")).toEqual([]);
  });
});

describe("alerts of the error tracker", () => {
  test("each rule fires when what it watches happens", async () => {
    const drilled = await golive(["alerts", "fire", "--all", "--json"]);
    expect(drilled.exit, `${drilled.stdout}\n${drilled.stderr}`).toBe(0);
    const { rules } = JSON.parse(drilled.stdout) as { rules: { rule: string; fires: boolean }[] };
    expect(rules.map(({ rule }) => rule).sort()).toEqual(Object.keys(alertRules).sort());
    expect(rules.filter(({ fires }) => !fires)).toEqual([]);
  });
});

describe("limits", () => {
  test("both replicas count together: the eleventh run of a minute is refused, with the time to wait", async () => {
    const path = "/api/pipelines/00000000-0000-7000-8000-000000000000/runs";
    // A store that is late on a busy machine is not waited for: such an answer says so, and is no answer to this question.
    const answers = await until("25 decisions by the shared count", 120_000, async () => {
      const authorization = await freshPrincipal();
      const one = () => ask("nobody", path, { method: "POST", json: {}, headers: { authorization } });
      const all = await Promise.all(Array.from({ length: 25 }, one));
      return all.some(({ headers }) => headers.has("x-ratelimit-mode")) ? undefined : all;
    });
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(10);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(15);
    expect(refused[0]?.headers.get("ratelimit-policy")).toContain('"expensive";q=10;w=60');
    expect(Number(refused[0]?.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  test("without the cache requests go on, each replica counting for itself, and the cache is found again", async () => {
    await kubectl(["-n", app, "scale", "deployment", "valkey", "--replicas=0"]);
    try {
      await kubectl(["-n", app, "wait", "--for=delete", "pod", "-l", "app.kubernetes.io/name=valkey", "--timeout=60s"]);
      const degraded = await until("a degraded answer", 30_000, async () => {
        const answer = await ask("viewer", "/api/projects");
        expect(answer.status).toBe(200);
        return answer.headers.get("x-ratelimit-mode") === "degraded" ? answer : undefined;
      });
      expect(degraded.headers.get("ratelimit")).toContain('"read"');
    } finally {
      await kubectl(["-n", app, "scale", "deployment", "valkey", "--replicas=1"]);
    }
    await until("the shared count", 60_000, async () => {
      const { body } = await ask("nobody", "/api/health");
      return body.checks?.limits.status === "shared" ? true : undefined;
    });
  });

  /** Somebody who has no count yet. */
  async function freshPrincipal(): Promise<string> {
    const { token } = await goliveJson<{ token: string }>([
      "token",
      stack,
      "--role",
      "operator",
      "--subject",
      `limited-${Date.now()}`,
    ]);
    return `Bearer ${token}`;
  }
});

describe("a service behind the gateway", () => {
  test("one that is not there is told apart from a fault of ours, and its error is one story", async () => {
    const answer = await ask("viewer", "/echo/lost?token=canary");
    expect(answer).toMatchObject({ status: 502, body: { type: "urn:golive:problem:upstream-unreachable" } });
    const id = answer.headers.get("x-trace-id") ?? "";
    expect(answer.body.trace_id).toBe(id);
    // Log, trace, event and exemplar arrive by different ways, at different times.
    const story = await until("the whole story", 120_000, async () => {
      const told = await golive(["trace", id, "--stack", stack]);
      const whole = ["Spans", "Log", "Errors", "Metrics"].every(
        (part) => !new RegExp(`^${part}: none`, "m").test(told.stdout),
      );
      return told.exit === 0 && whole ? told.stdout : undefined;
    });
    expect(story).toContain("502");
    expect(story).not.toContain("canary");
  });

  test("requests, streams and WebSockets go through, with the trace and without the token", async () => {
    const image = await kubectl([
      "-n",
      app,
      "get",
      "deployment",
      "gateway",
      "-o",
      "jsonpath={.spec.template.spec.containers[0].image}",
    ]);
    await startEcho(image.stdout.trim());
    // The breaker may have opened while nobody was there.
    const echoed = await until("an answer of the service", 60_000, async () => {
      const answer = await ask("viewer", "/echo/a%2Fb?x=1", { method: "PUT", body: "x".repeat(100_000) });
      return answer.status === 200 ? answer : undefined;
    });
    const { url: path, headers, bytes } = echoed.body;
    expect(path).toBe("/echo/a%2Fb?x=1");
    expect(bytes).toBe(100_000);
    expect(headers.traceparent).toContain(echoed.headers.get("x-trace-id"));
    expect(headers).not.toHaveProperty("authorization");
    expect(headers["x-forwarded-prefix"] ?? headers["x-forwarded-host"]).toBeDefined();

    const stream = await ask("viewer", "/echo/stream");
    expect(stream.body.match(/data: \d/g)).toHaveLength(5);

    const authorization = await bearer("viewer");
    const greeted = await new Promise<string>((resolve, reject) => {
      const options = { headers: { authorization } } as unknown as string[];
      const socket = new WebSocket(url(8000, "/echo/socket").replace("http", "ws"), options);
      socket.onerror = (event) =>
        reject(new Error(`the WebSocket failed: ${String((event as { message?: string }).message)}`));
      socket.onmessage = ({ data }) => {
        resolve(String(data));
        socket.close();
      };
    });
    expect(greeted).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
  }, 180_000);

  test("a rollout loses no request and no event stream", async () => {
    const authorization = await bearer("viewer");
    const statuses: number[] = [];
    let rolling = true;
    const load = Array.from({ length: 4 }, async () => {
      while (rolling) {
        const once = () =>
          fetch(url(8000, "/echo/"), { headers: { authorization }, signal: AbortSignal.timeout(10_000) });
        const response = await once();
        await response.arrayBuffer();
        statuses.push(response.status);
      }
    });
    await kubectl(["-n", app, "rollout", "restart", "deployment/gateway"]);
    await kubectl(["-n", app, "rollout", "status", "deployment/gateway", "--timeout=100s"]);
    rolling = false;
    await Promise.all(load);
    expect(statuses.length).toBeGreaterThan(50);
    expect(new Set(statuses)).toEqual(new Set([200]));
  }, 180_000);
});
