import type { Severity } from "./alert.ts";
import type { AlertName } from "./alerts.ts";
import { postgresAlerts } from "./postgres-alerts.ts";

export interface Inhibition {
  /** While one of these fires … */
  readonly causes: readonly AlertName[];
  /** … with these labels … */
  readonly where?: Readonly<Record<string, string>>;
  /** … these are not told. Alertmanager and Prometheus still show them. */
  readonly silences: readonly AlertName[];
  /** Labels that must be the same on both sides, besides the environment. */
  readonly equal?: readonly string[];
  readonly why: string;
}

const otherPostgresAlerts = (Object.keys(postgresAlerts) as (keyof typeof postgresAlerts)[]).filter(
  (name) => name !== "PostgresDown" && name !== "PostgresOperatorFailing",
);

/** Which alert explains which. A quiet one never silences a louder one. */
export const inhibitions: readonly Inhibition[] = [
  {
    causes: ["GatewayAbsent"],
    silences: [
      "GatewayErrorBudgetBurnFast",
      "GatewayErrorBudgetBurnSlow",
      "GatewayErrorBudgetDraining",
      "GatewayLatencyBudgetBurnFast",
      "GatewayLatencyBudgetBurnSlow",
      "GatewayLatencyBudgetDraining",
      "GatewayRouteSlow",
      "GatewayRestarting",
      "SloSeriesAbsent",
    ],
    why: "whoever mends a gateway that is down needs no news of how slow it was",
  },
  {
    causes: ["GatewayErrorBudgetBurnFast"],
    silences: ["GatewayErrorBudgetBurnSlow", "GatewayErrorBudgetDraining"],
    why: "the same errors, seen over longer",
  },
  {
    causes: ["GatewayErrorBudgetBurnSlow"],
    silences: ["GatewayErrorBudgetDraining"],
    why: "the same errors, seen over longer",
  },
  {
    causes: ["GatewayLatencyBudgetBurnFast"],
    silences: ["GatewayLatencyBudgetBurnSlow", "GatewayLatencyBudgetDraining", "GatewayRouteSlow"],
    why: "the same slow answers, seen over longer or by route",
  },
  {
    causes: ["GatewayLatencyBudgetBurnSlow"],
    silences: ["GatewayLatencyBudgetDraining"],
    why: "the same slow answers, seen over longer",
  },
  {
    causes: ["PostgresDown"],
    silences: [...otherPostgresAlerts, "GatewayPoolExhausted", "WalArchiveFailing"],
    why: "a database that is gone explains its instances and whoever waits for it",
  },
  {
    causes: ["PostgresNoPrimary"],
    silences: ["PostgresNoStandby", "PostgresStandbyNotStreaming", "PostgresReplicationLagging"],
    equal: ["namespace"],
    why: "without a primary there is nothing to follow",
  },
  {
    causes: ["PostgresNoStandby"],
    silences: ["PostgresStandbyNotStreaming", "PostgresReplicationLagging"],
    equal: ["namespace"],
    why: "none follows, so each does not",
  },
  {
    causes: ["RateLimitStoreDown"],
    silences: ["RateLimitDegraded"],
    why: "without the store every decision is degraded",
  },
  {
    causes: ["CircuitBreakerOpen"],
    silences: ["UpstreamFailing"],
    equal: ["upstream"],
    why: "it opened because of those failures",
  },
  {
    causes: ["CredentialAttack"],
    silences: ["SecurityEventsUnusual"],
    equal: ["kind"],
    why: "the same events, and many more than unusual",
  },
  {
    causes: ["BackupDataLost"],
    silences: ["BackupSizeDropped"],
    equal: ["database"],
    why: "nearly everything is more than half",
  },
  {
    causes: ["BackupStoreDown"],
    silences: ["BackupStorageUnfit", "BackupRunFailing", "BackupMissed", "BackupVerifyMissed"],
    why: "no run ends well without a store; the age of what is proven is told all the same",
  },
  {
    causes: ["TargetDown", "TargetsAbsent"],
    where: { job: "jaeger" },
    silences: ["SpanExportFailing", "SpansDropped", "TracesAbsent", "TraceStorageFailing"],
    why: "a Jaeger that is down takes no spans",
  },
];

/** From quiet to loud. */
export const loudness = { none: 0, ticket: 1, page: 2 } as const satisfies Record<Severity, number>;

/** As Alertmanager writes them. */
export function inhibitRules(): Record<string, unknown>[] {
  return inhibitions.map(({ causes, where = {}, silences, equal = [] }) => ({
    source_matchers: [named(causes), ...Object.entries(where).map(([label, value]) => `${label} = "${value}"`)],
    target_matchers: [named(silences)],
    equal: ["environment", ...equal],
  }));
}

const named = (names: readonly AlertName[]) => `alertname =~ "${names.join("|")}"`;
