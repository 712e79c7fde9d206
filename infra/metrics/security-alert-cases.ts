import { type AlertCase, type AlertCases, noData } from "./alert-case.ts";
import type { securityAlerts } from "./security-alerts.ts";

const events = (kind: string, pod = "a") =>
  `security_events_total{job="gateway",namespace="app",pod="${pod}",kind="${kind}"}`;
const fetched = (ok: string, failed: string): AlertCase["series"] => ({
  'jwks_fetches_total{job="gateway",pod="a",outcome="ok"}': ok,
  'jwks_fetches_total{job="gateway",pod="a",outcome="failed"}': failed,
});

export const securityAlertCases: AlertCases<keyof typeof securityAlerts> = {
  SecurityEventsUnusual: [
    // A quiet hour, then two a second; the other kind goes on as it did.
    {
      series: { [events("forbidden")]: "0x60 0+120x60", [events("csrf-refused")]: "0+120x120" },
      at: "73m",
      fires: { kind: "forbidden" },
      value: "2.0",
    },
    // As many as ever.
    { series: { [events("forbidden")]: "0+120x120" }, at: "73m" },
    // Many times nothing is little.
    { series: { [events("forbidden")]: "0x60 0+10x60" }, at: "73m" },
    noData,
  ],
  CredentialAttack: [
    {
      series: {
        [events("authentication-failure")]: "0+500x60",
        [events("authentication-failure", "b")]: "0+500x60",
      },
      at: "30m",
      fires: { kind: "authentication-failure" },
      value: "17",
    },
    { series: { [events("authentication-failure")]: "0+300x60" }, at: "30m" },
    { series: { [events("rate-limit-exceeded")]: "0+9000x60" }, at: "30m" },
    noData,
  ],
  IdentityProviderUnreachable: [
    { series: fetched("5x60", "0+2x60"), at: "40m", fires: {}, value: "60" },
    // It answers every other time.
    { series: fetched("0+1x60", "0+1x60"), at: "40m" },
    // Nobody comes, so nothing is fetched.
    { series: fetched("5x60", "3x60"), at: "40m" },
    noData,
  ],
};
