import type { ErrorEvent } from "@sentry/node";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hidden, secretWord } from "../telemetry/testing/secrets.ts";
import { scrubEvent } from "./scrub-event.ts";

const base: ErrorEvent = { type: undefined, event_id: "a".repeat(32) };

test("no secret survives anywhere in an event", () => {
  fc.assert(
    fc.property(secretWord, fc.constantFrom(...hidden), (secret, { hide }) => {
      const text = hide(secret);
      const event: ErrorEvent = {
        ...base,
        message: text,
        logentry: { message: text },
        transaction: `GET ${text}`,
        server_name: secret,
        exception: {
          values: [
            { type: "Error", value: text, stacktrace: { frames: [{ filename: "a.ts", vars: { local: secret } }] } },
            { type: "Error", value: "cause", mechanism: { type: "x", data: { text } } },
          ],
        },
        request: { url: text, headers: { authorization: secret, "user-agent": text }, data: { password: secret } },
        breadcrumbs: [{ message: text, data: { deep: [{ text, token: secret }] } }],
        contexts: { place: { text, api_key: secret } },
        extra: { [text]: 1, text, cookies: { a: secret } },
        tags: { text },
        user: { id: text, role: "viewer", email: secret, ip_address: secret, username: secret },
      };
      expect(JSON.stringify(scrubEvent(event))).not.toContain(secret);
    }),
    { numRuns: 500 },
  );
});

test("ids, tags, our own source lines and the user's id and role stay", () => {
  const frame = { filename: "a.ts", lineno: 7, context_line: "const token = read(password=1);" };
  const event: ErrorEvent = {
    ...base,
    exception: { values: [{ type: "TypeError", value: "x is not a function", stacktrace: { frames: [frame] } }] },
    contexts: { trace: { trace_id: "b".repeat(32), span_id: "c".repeat(16) }, links: { trace: "http://j/trace/1" } },
    tags: { subsystem: "auth", "otel.sampled": "true" },
    user: { id: "u1", role: "admin" },
  };
  expect(scrubEvent(event)).toEqual(event);
});

test("what cannot be read, is a circle or has no end is cut", () => {
  const circle: Record<string, unknown> = {
    get trap() {
      throw new Error("not readable");
    },
  };
  circle.self = circle;
  const endless = Object.fromEntries(Array.from({ length: 5_000 }, (_, number) => [`k${number}`, number]));
  const { extra } = scrubEvent({ ...base, extra: { circle, endless, long: "x".repeat(100_000) } });
  expect(JSON.stringify(extra).length).toBeLessThan(12_000);
});
