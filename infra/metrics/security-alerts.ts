import type { Alerts } from "./alert.ts";
import { securityEventRate } from "./recording-rules.ts";

const fetches = (outcome: string) => `sum(increase(jwks_fetches_total{job="gateway",outcome="${outcome}"}[30m]))`;

/** Who attacks or probes, and whether tokens can be told from forgeries. */
export const securityAlerts = {
  SecurityEventsUnusual: {
    severity: "ticket",
    for: "5m",
    expr: `${securityEventRate} > 10 * avg_over_time(${securityEventRate}[1d] offset 15m) and ${securityEventRate} > 0.5`,
    summary: "Ten times as many requests of a suspicious kind as on the day before",
    description:
      '{{ $value | printf "%.1f" }} events a second of the kind {{ $labels.kind }}. See in the error tracker whether one client makes them; a release that broke a client looks the same.',
    runbook: "security-events",
    why: "scanners are always there: only what is far above the day's average, and more than one in two seconds, is news",
  },
  CredentialAttack: {
    severity: "page",
    for: "10m",
    expr: `${securityEventRate}{kind="authentication-failure"} > 10`,
    summary: "More than ten credentials a second are refused: somebody tries them out",
    description:
      '{{ $value | printf "%.0f" }} credentials a second are refused. Find the clients in the access log, shut them out at the edge, and look for accepted ones among them.',
    runbook: "security-events",
    why: "an expired client tries once and renews its token; ten a second for ten minutes are six thousand tries",
  },
  IdentityProviderUnreachable: {
    severity: "ticket",
    for: "5m",
    expr: `${fetches("failed")} > 0 unless on () ${fetches("ok")} > 0`,
    summary: "The keys of the identity provider cannot be fetched",
    description:
      '{{ $value | printf "%.0f" }} fetches in half an hour failed and none went well. Known keys are used for a day, new ones are refused: fetch the address of the keys by hand from a pod.',
    runbook: "identity-provider",
    why: "keys are fetched again after ten minutes, with the next token; half an hour holds three fetches",
  },
} as const satisfies Alerts;
