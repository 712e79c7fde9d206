import { afterEach, expect, test } from "vitest";
import { type OtlpReceiver, startOtlpReceiver } from "../testing/otlp-receiver.ts";
import { type SentryReceiver, startSentryReceiver } from "../testing/sentry-receiver.ts";
import { startApp, type TestApp } from "./testing/start-app.ts";

const limit = { timeout: 120_000 };
let app: TestApp | undefined;
let sentry: SentryReceiver | undefined;
let collector: OtlpReceiver | undefined;
afterEach(async () => {
  await app?.stop();
  await Promise.all([sentry?.stop(), collector?.stop()]);
});

test.each(["exception", "rejection"])(
  "an %s nobody handled is captured, logged and flushed, and ends it with 1",
  limit,
  async (how) => {
    [sentry, collector] = await Promise.all([startSentryReceiver(), startOtlpReceiver()]);
    app = await startApp({
      SENTRY_DSN: sentry.dsn,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      // Later than the end: only a flush brings them.
      OTEL_BSP_SCHEDULE_DELAY: "600000",
    });
    const { traceId } = await app.send("GET", "/ok");
    const hung = app.send("POST", `/crash/${how}`, { message: "nobody caught this" }).catch(() => undefined);
    expect(await app.ended).toBe(1);
    await hung;
    expect(sentry.events).toMatchObject([
      { tags: { subsystem: "gateway" }, exception: { values: [{ value: "nobody caught this" }] } },
    ]);
    expect(app.output()).toMatch(/"level":"fatal".*nobody caught this/);
    expect(collector.spans.some((span) => span.traceId === traceId)).toBe(true);
  },
);

test(
  "a tracker and a collector that never answer do not hold up the end for more than two seconds",
  limit,
  async () => {
    sentry = await startSentryReceiver();
    sentry.answer = () => undefined;
    app = await startApp({ SENTRY_DSN: sentry.dsn, OTEL_EXPORTER_OTLP_ENDPOINT: sentry.dsn.replace("publickey@", "") });
    await app.send("GET", "/ok");
    const began = performance.now();
    void app.send("POST", "/crash/exception", { message: "x" }).catch(() => undefined);
    expect(await app.ended).toBe(1);
    expect(performance.now() - began).toBeLessThan(4_000);
  },
);
