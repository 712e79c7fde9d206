import fc from "fast-check";
import { expect, test } from "vitest";
import { type SecurityEventKind, securityEventKinds } from "./contracts.ts";
import type { SecurityEvent } from "./running-tracker.ts";
import { SecurityReporter } from "./security-events.ts";

function reporter(clock: { now: number } = { now: 0 }) {
  const told: SecurityEvent[] = [];
  const counted: SecurityEventKind[] = [];
  const tracker = {
    tell(event: SecurityEvent) {
      told.push(event);
      return "id";
    },
  };
  const metrics = { securityEvent: (kind: SecurityEventKind) => void counted.push(kind) };
  const events = new SecurityReporter(tracker, metrics, { windowMs: 1_000, now: () => clock.now });
  return { told, counted, events };
}

test("one event is told for each kind, key and window, and every one is counted", () => {
  const clock = { now: 0 };
  const { told, counted, events } = reporter(clock);
  for (let time = 0; time < 100; time++) events.report("csrf-refused", "a");
  events.report("csrf-refused", "b");
  events.report("forbidden", "a");
  clock.now = 999;
  events.report("csrf-refused", "a");
  clock.now = 1_000;
  events.report("csrf-refused", "a");
  expect(told.map(({ kind, key }) => `${kind} ${key}`)).toEqual([
    "csrf-refused a",
    "csrf-refused b",
    "forbidden a",
    "csrf-refused a",
  ]);
  expect(counted).toHaveLength(104);
});

test("details are bounded, whatever a client puts there", () => {
  const { told, events } = reporter();
  const details = Object.fromEntries(Array.from({ length: 50 }, (_, number) => [`k${number}`, "x".repeat(10_000)]));
  events.report("rate-limit-exceeded", "x".repeat(10_000), details);
  expect(JSON.stringify(told[0]?.details).length).toBeLessThan(3_000);
  expect(told[0]?.subsystem).toBe("gateway");
});

test("keys without end are not remembered without end, and each is still counted", () => {
  const { told, counted, events } = reporter();
  for (let key = 0; key < 30_000; key++) events.report("authentication-failure", String(key));
  expect(counted).toHaveLength(30_000);
  // The first was forgotten, a late one was not.
  const before = told.length;
  events.report("authentication-failure", "29999");
  expect(told.length).toBe(before);
  events.report("authentication-failure", "0");
  expect(told.length).toBe(before + 1);
});

test("a kind and key are told again no sooner than a window later", () => {
  const kinds = fc.constantFrom(...securityEventKinds);
  const step = fc.record({ kind: kinds, key: fc.constantFrom("a", "b"), waitMs: fc.nat(700) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const clock = { now: 0 };
      const { told, events } = reporter(clock);
      const last = new Map<string, number>();
      for (const { kind, key, waitMs } of steps) {
        clock.now += waitMs;
        const before = told.length;
        events.report(kind, key);
        const name = `${kind} ${key}`;
        const due = clock.now - (last.get(name) ?? Number.NEGATIVE_INFINITY) >= 1_000;
        expect(told.length - before).toBe(due ? 1 : 0);
        if (due) last.set(name, clock.now);
      }
    }),
  );
});
