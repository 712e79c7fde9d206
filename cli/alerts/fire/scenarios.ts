import type { AlertId } from "@golive/infra/errors/alerts.ts";
import { floods, forgedRequests, wrongCredentials } from "./attacks.ts";
import { brokenPipeline, lostDatabase, newError, returningError } from "./failures.ts";
import type { Scenario } from "./scenario.ts";
import { failingUpstream, lockedTable, slowUpstream } from "./slowness.ts";

/** Rule of the catalogue → what sets it off. Neither side may have one more. */
export const scenarios = {
  "high-error-rate": failingUpstream,
  "new-issue": newError,
  regression: returningError,
  "database-failure": lostDatabase,
  "authentication-failure-spike": wrongCredentials,
  "slow-api": slowUpstream,
  "slow-database": lockedTable,
  "pipeline-failure": brokenPipeline,
  "csrf-attack": forgedRequests,
  "rate-limit-abuse": floods,
  "crash-free-sessions": { about: "visits of which some ended in a crash", recording: "crash-free-sessions.json" },
  "poor-web-vitals": { about: "page loads whose largest content came late", recording: "poor-web-vitals.json" },
} as const satisfies Readonly<Record<AlertId, Scenario>>;

export const scenarioOf = (id: string): Scenario | undefined =>
  Object.hasOwn(scenarios, id) ? scenarios[id as keyof typeof scenarios] : undefined;
