import type { AlertRule } from "@golive/infra/errors/alert-rule.ts";
import { alertIds, alertRules } from "@golive/infra/errors/alerts.ts";
import { expect, test } from "vitest";
import { z } from "zod";
import { trackerVariables } from "../../../services/gateway/tracker/config.ts";
import { EventLimit } from "../../../services/gateway/tracker/event-limit.ts";

// A drill takes the gateway's brake off to be quick. What it proves is worth nothing where the brake keeps a rule from ever firing.

const intervalSeconds = { "1m": 60, "5m": 300, "15m": 900, "1h": 3600 } as const;

/** How many equal events a rule takes to fire, and within which time; undefined for a rule that does not count events. */
function counted({ trigger }: AlertRule): { readonly more: number; readonly seconds: number } | undefined {
  if (trigger.kind === "metric") {
    if (trigger.dataset !== "events") return undefined;
    return { more: trigger.critical, seconds: trigger.windowSeconds };
  }
  const frequency = trigger.conditions.find((condition) => "frequency" in condition)?.frequency;
  return frequency && { more: frequency.value, seconds: intervalSeconds[frequency.interval] };
}

/** Equal events that one replica with the settings of the image lets out, asked ten times a second. */
function letOut(seconds: number): number {
  const { SENTRY_EVENTS_PER_MINUTE: perMinute } = z.object(trackerVariables).parse({});
  let now = 0;
  const limit = new EventLimit(perMinute, () => now);
  let count = 0;
  for (; now < seconds * 1000; now += 100) if (limit.allows("equal")) count += 1;
  return count;
}

const counting = alertIds.filter((id) => counted(alertRules[id]) !== undefined);

test.each(counting)("one replica with its brake on sends enough for %s to fire", (id) => {
  const { more = 0, seconds = 0 } = counted(alertRules[id]) ?? {};
  expect(letOut(seconds)).toBeGreaterThan(more);
});

test("most that a replica sends of equal events in five minutes is known", () => {
  expect(counting.length).toBeGreaterThan(3);
  expect(letOut(300)).toBe(50);
});
