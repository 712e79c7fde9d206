import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hidden, secretWord } from "../telemetry/testing/secrets.ts";
import { type OtlpReceiver, startOtlpReceiver } from "../testing/otlp-receiver.ts";
import { type SentryReceiver, startSentryReceiver } from "../testing/sentry-receiver.ts";
import { startApp, type TestApp } from "./testing/start-app.ts";

let sentry: SentryReceiver;
let collector: OtlpReceiver;
let app: TestApp;
beforeAll(async () => {
  [sentry, collector] = await Promise.all([startSentryReceiver(), startOtlpReceiver()]);
  app = await startApp({
    SENTRY_DSN: sentry.dsn,
    SENTRY_EVENTS_PER_MINUTE: "10000",
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_BSP_SCHEDULE_DELAY: "100",
    LOG_LEVEL: "debug",
  });
}, 120_000);
afterAll(async () => {
  await app?.stop();
  await Promise.all([sentry?.stop(), collector?.stop()]);
});

const oneLine = (text: string) => text.replace(/[\r\n]+/g, " ");

test("a secret in any disguise and any place of a request is in no sink", { timeout: 180_000 }, async () => {
  const secrets: string[] = [];
  const disguise = fc.constantFrom(...hidden);
  await fc.assert(
    fc.asyncProperty(secretWord, disguise, disguise, async (secret, { hide }, inCause) => {
      secrets.push(secret);
      const text = hide(secret);
      const given = {
        message: `failed with ${text}`,
        cause: inCause.hide(secret),
        user: text,
        breadcrumb: text,
        warning: "a warning",
        password: secret,
      };
      const headers = {
        authorization: `Bearer ${secret}`,
        cookie: `session=${secret}`,
        "x-api-key": secret,
        "user-agent": oneLine(text),
        "x-request-id": secret,
      };
      const path = `/fail/${encodeURIComponent(`${secret}@example.com`)}?access_token=${secret}`;
      const answer = await app.send("POST", path, given, headers);
      expect(answer.status).toBe(500);
      const key = encodeURIComponent(`${secret}@example.com`);
      await app.send("POST", `/security/forbidden/${key}?note=${encodeURIComponent(text)}`, undefined, headers);
    }),
    { numRuns: 60 },
  );
  const scrape = await app.metrics();
  await app.flush();
  expect(sentry.events.length).toBeGreaterThan(60);
  expect(collector.spans.length).toBeGreaterThanOrEqual(120);
  const sinks = {
    spans: collector.raw.join("\n"),
    events: sentry.raw.join("\n"),
    log: app.output(),
    metrics: scrape,
  };
  for (const [name, sink] of Object.entries(sinks)) {
    const found = secrets.find((secret) => sink.includes(secret));
    const at = found === undefined ? -1 : sink.indexOf(found);
    expect(found && `${name}: ${sink.slice(Math.max(0, at - 120), at + 80)}`).toBeUndefined();
  }
});
