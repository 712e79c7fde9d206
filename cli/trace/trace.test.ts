import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { World } from "../core/world.ts";
import { type FakeWorld, fakeWorld } from "../testing/fake-world.ts";
import {
  bugsinkAnswers,
  eventId,
  FakeSource,
  jaegerAnswers,
  prometheusAnswers,
  token,
  traceId,
} from "./testing/fake-sources.ts";

const nowhere = "f".repeat(32);
const logLine = (flags: string) =>
  `[pod/gateway-1/gateway] ${JSON.stringify({
    level: "error",
    time: "2026-11-28T04:11:47.997Z",
    message: "request",
    method: "GET",
    route: "/api/projects/:id",
    status: 500,
    trace_id: traceId,
    trace_flags: flags,
  })}`;

/** Ports of the published table, where the sources stand in for those behind them. */
const ports = { jaeger: 16686, bugsink: 8001, prometheus: 9090 } as const;
let sources: Record<keyof typeof ports, FakeSource>;
let fake: FakeWorld;
let logs: string[];
let secret: string;

beforeEach(async () => {
  sources = {
    jaeger: await new FakeSource().start(),
    bugsink: await new FakeSource().start(),
    prometheus: await new FakeSource().start(),
  };
  sources.jaeger.answers = jaegerAnswers;
  sources.bugsink.answers = bugsinkAnswers;
  sources.prometheus.answers = prometheusAnswers;
  logs = [logLine("01"), "[pod/gateway-2/gateway] a line of another request"];
  secret = Buffer.from(token).toString("base64");
  fake = fakeWorld();
  const world = fake.world as { -readonly [K in keyof World]: World[K] };
  world.fetch = (url, init) => {
    const asked = new URL(String(url));
    const name = Object.entries(ports).find(([, port]) => port === Number(asked.port))?.[0] as keyof typeof ports;
    return fetch(new URL(asked.pathname + asked.search, sources[name].origin), init);
  };
  world.spawn = async (file, args, { output }) => {
    fake.calls.push([file, ...args].join(" "));
    const lines = args.includes("logs") ? logs : [secret];
    if (typeof output === "function") for (const line of lines) output(line, "stdout");
    return fake.child;
  };
});
afterEach(() => Promise.all(Object.values(sources).map((source) => source.stop())));

describe("golive trace", () => {
  test("tells what every source has of a request as one story", async () => {
    const { exit, stdout, stderr } = await fake.golive("trace", traceId);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    expect(stdout.replace(/, [^,]* ago\n/, ", a while ago\n")).toMatchInlineSnapshot(`
      "trace 0af7651916cd43dd8448eb211c80319c, 4 spans of gateway, backend, 2 failed, 42 ms, a while ago

      Spans:
        gateway: GET /api/projects/:id ! 42 ms  ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓
          gateway: pg.query:SELECT app   12 ms      █████████████████
          gateway: GET                 ! 25 ms                        ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓
            backend: GET /reports        23 ms                         ███████████████████████████████

      Log:
        04:11:47.997 error gateway-1 request method=GET route=/api/projects/:id status=500

      Errors:
        Error: backend answered 502 (BACKEND-1, 20 events)
          at /app/services/gateway/projects/routes.ts:31 in readProject
          event=d1f159146d2f4ba09cdda03fd686883b time=2026-11-28T04:01:34.145000Z level=error transaction="GET /api/projects/:id" environment=local release=0123456789ab subsystem=upstream user=user-7

      Metrics:
        http_server_request_duration_seconds{http_request_method="GET",http_response_status_code="500",http_route="/api/projects/:id"} 0.0421 at 2026-11-28T04:11:48.566Z

      See also:
        spans   http://localhost:16686/trace/0af7651916cd43dd8448eb211c80319c
        error   http://localhost:8001/issues/issue/8f07897c-92fa-4554-9128-2059ebdea7a4/event/5ce723fb-951b-414b-b8e3-6c48f564dfd2/
        metric  http://localhost:9090/api/v1/query_exemplars?query=%7B__name__%3D%7E%22http_%28server%7Cclient%29_request_duration_seconds_bucket%7Ctraces_span_metrics_duration_milliseconds_bucket%22%7D&start=1795838194&end=1795839408
      "
    `);
  });

  test("takes an event's id, and tells the story of its trace", async () => {
    const { exit, stdout } = await fake.golive("trace", eventId);
    expect(exit).toBe(0);
    expect(stdout).toContain(`trace ${traceId} of event ${eventId}, 4 spans of gateway, backend, 2 failed`);
    expect(sources.jaeger.asked.map(({ path }) => path)).toEqual([`/api/traces/${traceId}`]);
    expect(stdout).toContain("BACKEND-1, 20 events");
  });

  test("gives programs all of it as data", async () => {
    const { exit, stdout } = await fake.golive("trace", traceId, "--json");
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      traceId,
      spans: { found: { length: 4 } },
      logs: { found: [{ pod: "gateway-1", message: "request", sampled: true }] },
      errors: { found: [{ eventId, project: "backend" }] },
      exemplars: { found: [{ metric: "http_server_request_duration_seconds", value: 0.0421 }] },
      pages: { spans: `http://localhost:16686/trace/${traceId}` },
    });
  });

  test("asks Prometheus for the time of the trace, and for the last day where no one knows it", async () => {
    const asked = () => new URL(sources.prometheus.asked.at(-1)?.path ?? "", "http://prometheus").searchParams;
    await fake.golive("trace", traceId);
    // The trace of the recording, five minutes around it.
    expect(Number(asked().get("end")) - Number(asked().get("start"))).toBeLessThan(30 * 60);
    await fake.golive("trace", nowhere);
    expect(Number(asked().get("end")) - Number(asked().get("start"))).toBe(24 * 3600);
  });

  test("nothing found: each source says why, and the exit status says it too", async () => {
    const { exit, stdout } = await fake.golive("trace", nowhere);
    expect(exit).toBe(13);
    expect(stdout).toMatchInlineSnapshot(`
      "trace ffffffffffffffffffffffffffffffff

      Spans: none, it has no span of this trace: not sampled, older than what is kept, or not there yet (some ten seconds)

      Log: none, not among the last 20000 lines of each pod of gateway

      Errors: none, it has no error of this trace

      Metrics: none, it has no exemplar of this trace: of each bucket and scrape only the latest one is kept
      "
    `);
    const json = await fake.golive("trace", nowhere, "--json");
    expect(json.exit).toBe(13);
    expect(JSON.parse(json.stdout)).toMatchObject({ errors: { reason: "it has no error of this trace" } });
  });

  test("a request that was not sampled has no spans, and its own log line is the reason", async () => {
    sources.jaeger.answers = () => ({ status: 404, body: '{"data":null,"errors":[]}' });
    logs = [logLine("00")];
    const { exit, stdout } = await fake.golive("trace", traceId);
    expect(exit).toBe(0);
    expect(stdout).toContain(
      "Spans: none, it has no span of this trace: the request was not sampled, as its log line says\n",
    );
  });

  test("a source that is down does not keep the others from telling", async () => {
    await sources.jaeger.stop();
    sources.prometheus.answers = () => ({ status: 503, body: "{}" });
    const { exit, stdout } = await fake.golive("trace", traceId);
    expect(exit).toBe(0);
    expect(stdout).toContain("Spans: none, http://localhost:16686 does not answer (ECONNREFUSED)\n");
    expect(stdout).toContain("Metrics: none, http://localhost:9090 answers 503\n");
    expect(stdout).toContain("Errors:\n  Error: backend answered 502 (BACKEND-1, 20 events)\n");
    await sources.jaeger.start();
  });

  test("nobody answers: that is no statement about the trace", async () => {
    for (const source of Object.values(sources)) source.answers = () => ({ status: 502, body: "{}" });
    fake.child = { code: 1, signal: null };
    const { exit, stdout } = await fake.golive("trace", traceId);
    expect(exit).toBe(5);
    expect(stdout).toContain("Errors: none, its token in golive-observability/bugsink-access cannot be read");
    expect(stdout).toContain("Log: none, kubectl ended with 1");
  });

  test("the tracker's token is sent to the tracker alone, and stands on no command line and in no output", async () => {
    const { stdout } = await fake.golive("trace", traceId, "--json");
    expect(sources.bugsink.asked.every(({ authorization }) => authorization === `Bearer ${token}`)).toBe(true);
    for (const source of [sources.jaeger, sources.prometheus])
      expect(source.asked.map(({ authorization }) => authorization)).toEqual([undefined]);
    expect([...fake.calls, stdout].join("\n")).not.toContain(token);
  });

  test("a Secret that holds no token is told of, and nothing is sent anywhere with it", async () => {
    secret = Buffer.from("\u001b[2Jnot a token").toString("base64");
    const { stdout } = await fake.golive("trace", traceId);
    expect(stdout).toContain("Errors: none, golive-observability/bugsink-access has no api-token\n");
    expect(sources.bugsink.asked).toEqual([]);
  });

  test("what is no id is refused before anybody is asked", async () => {
    const { exit, stderr } = await fake.golive("trace", "BACKEND-1");
    expect(stderr).toContain('error USAGE: "BACKEND-1" is no id of a trace or an event\n');
    expect(exit).toBe(2);
    expect(fake.calls).toEqual([]);
  });
});
