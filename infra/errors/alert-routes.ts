import type { AlertSeverity } from "./alert-rule.ts";

/** Ways to tell people. */
export type RouteName = "slack" | "pagerduty" | "email";

/** Loudest first: a page takes the first that there is, and everything that a ticket takes. */
const loudness = ["pagerduty", "slack", "email"] as const satisfies readonly RouteName[];
const quiet = ["slack", "email"] as const satisfies readonly RouteName[];

/** Who is told at a severity, the loudest first, of those that there are. */
export function routesOf(severity: AlertSeverity, has: (name: RouteName) => boolean): RouteName[] {
  const heard = quiet.filter(has);
  const loudest = loudness.find(has);
  return severity === "ticket" || loudest === undefined ? heard : [...new Set([loudest, ...heard])];
}
