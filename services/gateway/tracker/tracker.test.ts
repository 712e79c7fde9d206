import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type OtlpReceiver, startOtlpReceiver } from "../testing/otlp-receiver.ts";
import { type SentryReceiver, startSentryReceiver } from "../testing/sentry-receiver.ts";
import { sampleOf, startApp, type TestApp } from "./testing/start-app.ts";

// Each test of a process waits for one to start; on a busy machine that alone takes seconds.
const limit = { timeout: 120_000 };
const outcome = (name: string) => `error_events_total{outcome="${name}"}`;

describe("errors at the tracker", limit, () => {
  let sentry: SentryReceiver;
  let collector: OtlpReceiver;
  let app: TestApp;
  beforeAll(async () => {
    [sentry, collector] = await Promise.all([startSentryReceiver(), startOtlpReceiver()]);
    app = await startApp({
      SENTRY_DSN: sentry.dsn,
      SENTRY_EVENTS_PER_MINUTE: "6000",
      TRACE_UI_URL: "http://localhost:16686/",
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: "100",
      DEPLOYMENT_ENVIRONMENT: "test",
      SERVICE_VERSION: "1.2.3",
    });
  }, limit.timeout);
  afterAll(async () => {
    await app?.stop();
    await Promise.all([sentry?.stop(), collector?.stop()]);
  });
  const eventOf = async (id: string) => {
    await sentry.until((events) => events.some((event) => event.event_id === id), `event ${id}`);
    return sentry.events.find((event) => event.event_id === id) ?? {};
  };

  test("an event, its trace, its span and the answer lead to each other", async () => {
    const answer = await app.send("POST", "/fail/7?x=1", { message: "out of paper", cause: "no tray" });
    const event = await eventOf(answer.body.event_id);
    expect(event).toMatchObject({
      transaction: "POST /fail/:id",
      environment: "test",
      release: "gateway@1.2.3",
      request: { method: "POST", url: "/fail/7", headers: { "content-type": "application/json" } },
      contexts: {
        trace: { trace_id: answer.traceId, span_id: expect.stringMatching(/^[0-9a-f]{16}$/) },
        links: { trace: `http://localhost:16686/trace/${answer.traceId}` },
      },
      tags: { subsystem: "gateway", "otel.sampled": "true" },
    });
    expect(event.exception.values.map(({ value }: { value: string }) => value)).toEqual(["no tray", "out of paper"]);
    const place = event.exception.values[1].stacktrace.frames.at(-1);
    expect(place).toMatchObject({ in_app: true, context_line: expect.stringContaining("new Error(given.message") });
    const span = () => collector.spans.find(({ attributes }) => attributes["sentry.event_id"] === event.event_id);
    await collector.until(() => span() !== undefined, "the span that names the event");
    expect(span()?.traceId).toBe(answer.traceId);
  });

  test("an error is one event, however often it passes; one object of many requests is one as well", async () => {
    const before = sentry.events.length;
    const first = await app.send("GET", "/shared");
    const second = await app.send("GET", "/shared");
    expect(second.body.event_id).toBe(first.body.event_id);
    await eventOf(first.body.event_id);
    await eventOf((await app.send("POST", "/fail/1", { message: "later" })).body.event_id);
    expect(sentry.events.length - before).toBe(2);
  });

  test("users and breadcrumbs of requests at the same time do not mix", async () => {
    const names = Array.from({ length: 20 }, (_, number) => `user-${number}`);
    const answers = await Promise.all(
      names.map((user) => app.send("POST", "/fail/1", { message: `of ${user}`, user, breadcrumb: `step of ${user}` })),
    );
    for (const [at, user] of names.entries()) {
      const event = await eventOf(answers[at]?.body.event_id);
      expect(event.user).toEqual({ id: user, role: "operator" });
      expect(event.breadcrumbs.map(({ message }: { message: string }) => message)).toEqual([`step of ${user}`]);
    }
    const anonymous = await eventOf((await app.send("POST", "/fail/1", { message: "nobody" })).body.event_id);
    expect(anonymous.user).toBeUndefined();
  });

  test("warnings of the log and requests to others are breadcrumbs, the tracker's and the collector's own are none", async () => {
    const upstream = createServer((_request, response) => response.writeHead(418).end());
    await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
    const given = { message: "after a call", warning: "paper is low", fetch: `${url}/tray?token=x` };
    const event = await eventOf((await app.send("POST", "/fail/1", given)).body.event_id);
    expect(event.breadcrumbs).toMatchObject([
      { category: "log", message: "paper is low", data: { level: "warn" } },
      { category: "http", message: `GET ${url}/tray`, data: { status_code: 418 } },
    ]);
    upstream.closeAllConnections();
    upstream.close();
  });

  test.each([
    ["text", "just text", "string was thrown: just text"],
    ["an object", { password: "x", id: 1 }, "object was thrown with password, id"],
    ["a number", 7, "number was thrown: 7"],
  ])("%s that was thrown arrives as an error", async (_what, value, message) => {
    const answer = await app.send("POST", "/fail/1", { message: "", value });
    const event = await eventOf(answer.body.event_id);
    expect(event.exception.values.at(-1)).toMatchObject({ type: "NonErrorThrown", value: message });
    expect(JSON.stringify(event)).not.toContain('"password"');
  });

  test("an error that cannot even be read is lost and counted, and the request is answered", async () => {
    const before = sampleOf(await app.metrics(), outcome("dropped"));
    const answer = await app.send("POST", "/fail/1", { message: "unreadable", trap: true });
    expect(answer).toMatchObject({ status: 500, body: { type: "urn:golive:problem:internal" } });
    expect(sampleOf(await app.metrics(), outcome("dropped"))).toBe(before + 1);
    expect((await app.send("GET", "/ok")).status).toBe(200);
  });

  test("a security event is told once with a hash, and counted each time", async () => {
    for (let time = 0; time < 5; time++) await app.send("POST", "/security/csrf-refused/203.0.113.7");
    const told = () => sentry.events.filter(({ tags }) => tags?.security_event === "csrf-refused");
    await sentry.until(() => told().length > 0, "the security event");
    await eventOf((await app.send("POST", "/fail/1", { message: "afterwards" })).body.event_id);
    expect(told()).toMatchObject([
      {
        level: "warning",
        tags: { subsystem: "auth", "otel.sampled": "true" },
        contexts: { security: { who: expect.stringMatching(/^[0-9a-f]{16}$/), route: "/security/:kind/:key" } },
      },
    ]);
    expect(JSON.stringify(told()[0]?.contexts)).not.toContain("203.0.113.7");
    expect(sampleOf(await app.metrics(), 'security_events_total{kind="csrf-refused"}')).toBe(5);
    expect(sampleOf(await app.metrics(), 'security_events_total{kind="forbidden"}')).toBe(0);
  });

  test("nothing but events is sent there, and its own requests leave no spans", async () => {
    await app.flush();
    expect([...new Set(sentry.itemTypes)].filter((type) => type !== "client_report")).toEqual(["event"]);
    expect(sentry.otherPaths).toEqual([]);
    expect(sentry.events[0]?.sdk.integrations).toEqual(["OpenTelemetry", "LinkedErrors", "ContextLines"]);
    expect(collector.spans.filter(({ attributes }) => /envelope/.test(JSON.stringify(attributes)))).toEqual([]);
    expect(sentry.raw.filter((text) => /"traceparent"|"sentry-trace"/.test(text.split("\n")[1] ?? ""))).toEqual([]);
  });
});

describe("a tracker that is not as it should be", limit, () => {
  let sentry: SentryReceiver | undefined;
  let app: TestApp | undefined;
  afterEach(async () => {
    await app?.stop();
    await sentry?.stop();
    [app, sentry] = [undefined, undefined];
  });
  const sum = (scrape: string) =>
    scrape
      .split("\n")
      .filter((line) => line.startsWith("error_events_total"))
      .reduce((total, line) => total + Number(line.split(" ")[1]), 0);

  test("of 500 equal errors all are counted and a few are sent; then 429 is obeyed without a word to clients", async () => {
    sentry = await startSentryReceiver();
    app = await startApp({ SENTRY_DSN: sentry.dsn, TRACE_RATIO: "0" });
    for (let block = 0; block < 10; block++) {
      await Promise.all(Array.from({ length: 50 }, (_, n) => app?.send("POST", `/fail/${n}`, { message: `no ${n}` })));
    }
    await sentry.until((events) => events.length === 10, "ten events");
    const scrape = await app.metrics();
    expect(sum(scrape)).toBe(500);
    expect(sampleOf(scrape, outcome("limited"))).toBe(490);
    expect(sentry.events[0]?.tags["otel.sampled"]).toBe("false");
    expect(sentry.events[0]?.contexts.links).toBeUndefined();

    const requests = sentry.raw.length;
    sentry.answer = () => ({ status: 429, headers: { "retry-after": "60" } });
    const refused = await app.send("POST", "/fail/1", { message: "other", name: "OtherError" });
    await sentry.until((events) => events.length === 11, "the event that is refused");
    expect(refused.status).toBe(500);
    for (let time = 0; time < 5; time++) {
      const answer = await app.send("POST", "/fail/1", { message: "other", name: "OtherError" });
      expect(answer.status).toBe(500);
    }
    const { output } = app;
    await app.flush();
    expect(sum(await app.metrics())).toBe(506);
    expect(sampleOf(await app.metrics(), outcome("refused"))).toBe(6);
    expect(sentry.raw.length - requests).toBeLessThanOrEqual(2);
    expect(output()).not.toMatch(/unhandled|UnhandledPromise/i);
  });

  test("the trace of a request that is not sampled is in its event as well", async () => {
    sentry = await startSentryReceiver();
    app = await startApp({ SENTRY_DSN: sentry.dsn, TRACE_RATIO: "0", TRACE_UI_URL: "http://localhost:16686" });
    const answer = await app.send("POST", "/fail/1", { message: "unsampled" });
    await sentry.until((events) => events.length === 1, "the event");
    expect(sentry.events[0]?.contexts.trace.trace_id).toBe(answer.traceId);
    expect(JSON.parse(sentry.raw[0]?.split("\n")[2] ?? "{}").trace?.trace_id ?? answer.traceId).toBe(answer.traceId);

    // The upstream learns the same trace id, and baggage within the limits.
    const seen: Record<string, unknown>[] = [];
    const upstream = createServer((request, response) => {
      seen.push(request.headers);
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
    await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
    const from = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/`;
    const small = await app.send("GET", `/baggage?from=${from}`, undefined, { baggage: "shop=1" });
    await app.send("GET", `/baggage?from=${from}`, undefined, { baggage: `shop=${"x".repeat(9_000)}` });
    expect(seen[0]?.traceparent).toMatch(new RegExp(`^00-${small.traceId}-[0-9a-f]{16}-00$`));
    expect(seen.map(({ baggage }) => baggage)).toEqual(["shop=1", undefined]);
    upstream.closeAllConnections();
    upstream.close();
  });

  test("one that is down costs events and nothing else: errors are logged, one line complains, the process lives", async () => {
    sentry = await startSentryReceiver();
    const { dsn } = sentry;
    await sentry.stop();
    sentry = undefined;
    app = await startApp({ SENTRY_DSN: dsn });
    for (let n = 0; n < 5; n++) {
      const answer = await app.send("POST", "/fail/1", { message: `down ${n}` });
      expect(answer.status).toBe(500);
    }
    const { output } = app;
    await app.flush();
    expect(sampleOf(await app.metrics(), outcome("failed"))).toBe(5);
    for (let n = 0; n < 5; n++) expect(output()).toContain(`"message":"down ${n}"`);
    expect(output().split("errors do not reach the tracker").length - 1).toBe(1);
    expect(app.child.exitCode).toBeNull();
  });

  test("one that never answers does not hold up requests, and a flush has an end", async () => {
    sentry = await startSentryReceiver();
    sentry.answer = () => undefined;
    app = await startApp({ SENTRY_DSN: sentry.dsn });
    const answer = await app.send("POST", "/fail/1", { message: "hole" });
    expect(answer.status).toBe(500);
    await sentry.until((events) => events.length === 1, "the event");
    const began = performance.now();
    await app.flush();
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  test("without a DSN, and without telemetry, everything works, errors are counted, and nobody is warned", async () => {
    app = await startApp({ OTEL_ENABLED: "false", SENTRY_DSN_FILE: "/dev/null" });
    for (let n = 0; n < 3; n++) expect((await app.send("POST", "/fail/1", { message: "off" })).status).toBe(500);
    const ok = await app.send("GET", "/ok");
    expect(ok).toMatchObject({ status: 200, traceId: null });
    expect(sampleOf(await app.metrics(), outcome("unconnected"))).toBe(3);
    const lines = app
      .output()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.filter(({ level }) => level === "warn")).toEqual([]);
    expect(lines.filter(({ message }) => /telemetry is off/.test(String(message)))).toHaveLength(1);
  });
});
