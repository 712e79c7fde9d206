import type { ActiveAlert, Prometheus, Series } from "./prometheus.ts";

/** What `/status.json` says. `null` is never, `"unknown"` is a metric that is not there. */
export interface Status {
  readonly at: string;
  readonly lastProvenBackup: ProvenBackup | "unknown" | null;
  readonly lastDrill: Drill | "unknown" | null;
  readonly firing: readonly Firing[];
}

export interface ProvenBackup {
  readonly database: string;
  readonly at: string;
  /** Older than the recovery point objective. */
  readonly late: boolean;
}

interface DrillOf {
  readonly database: string;
  readonly plane: string;
}

/** `at` is when one last passed, also when the newest failed. */
export type Drill =
  | (DrillOf & { readonly outcome: "passed"; readonly at: string })
  | (DrillOf & { readonly outcome: "failed"; readonly at: string | null });

export interface Firing {
  readonly name: string;
  readonly severity: string;
  /** Of its page; null when the alert names none. */
  readonly slug: string | null;
}

const of = (metric: string) => `golive_backup_${metric}{job="backups"}`;

/** From the monitor of the backups; replicas and restarts of it are one. */
export const queries = {
  proven: `max by (database) (${of("last_proven_timestamp_seconds")})`,
  objective: `max(${of("rpo_objective_seconds")})`,
  drilled: `max by (database, plane) (${of("drill_timestamp_seconds")})`,
  red: `max by (database, plane) (${of("drill_red")})`,
} as const;

/** The worst of each kind: one database without a good backup is what the reader has to know. */
export async function readStatus(prometheus: Prometheus, now: Date, signal: AbortSignal): Promise<Status> {
  const [proven, objective, drilled, red, alerts] = await Promise.all([
    prometheus.query(queries.proven, signal),
    prometheus.query(queries.objective, signal),
    prometheus.query(queries.drilled, signal),
    prometheus.query(queries.red, signal),
    prometheus.alerts(signal),
  ]);
  return {
    at: now.toISOString(),
    lastProvenBackup: oldestBackup(proven, objective[0]?.value, now),
    lastDrill: worstDrill(drilled, red),
    firing: firingOf(alerts),
  };
}

function oldestBackup(proven: readonly Series[], objective: number | undefined, now: Date): Status["lastProvenBackup"] {
  const [oldest] = [...proven].sort((a, b) => a.value - b.value);
  if (oldest === undefined || objective === undefined) return "unknown";
  if (!(oldest.value > 0)) return null;
  const late = now.getTime() / 1000 - oldest.value > objective;
  return { database: oldest.labels.database ?? "", at: moment(oldest.value), late };
}

function worstDrill(drilled: readonly Series[], red: readonly Series[]): Status["lastDrill"] {
  const named = ({ labels: { database = "", plane = "" } }: Series) => ({ database, plane });
  const failed = red.find(({ value }) => value === 1);
  if (failed !== undefined) {
    const { database, plane } = named(failed);
    const passed = drilled.find(({ labels }) => labels.database === database && labels.plane === plane)?.value ?? 0;
    return { database, plane, outcome: "failed", at: passed > 0 ? moment(passed) : null };
  }
  // A plane that was never drilled is another alert's; here the newest drill speaks.
  const [newest] = [...drilled].sort((a, b) => b.value - a.value);
  if (newest === undefined) return "unknown";
  return newest.value > 0 ? { ...named(newest), outcome: "passed", at: moment(newest.value) } : null;
}

const ranks = ["page", "ticket"];

function firingOf(alerts: readonly ActiveAlert[]): Firing[] {
  const firing = alerts
    .filter(({ state, labels }) => state === "firing" && labels.severity !== "none")
    .map(({ labels, annotations }) => ({
      name: labels.alertname ?? "",
      severity: labels.severity ?? "",
      slug: slugOf(annotations.runbook_url ?? annotations.runbook),
    }));
  const unique = [...new Map(firing.map((alert) => [alert.name, alert])).values()];
  const rank = ({ severity }: Firing) => (ranks.includes(severity) ? ranks.indexOf(severity) : ranks.length);
  return unique.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

/** The last part of the annotation's address; it becomes a link, so nothing else passes. */
const slugOf = (runbook: string | undefined): string | null =>
  /(?:^|\/)(?<slug>[a-z0-9-]+)\/?(?:#.*)?$/.exec(runbook ?? "")?.groups?.slug ?? null;

const moment = (seconds: number) => new Date(seconds * 1000).toISOString();
