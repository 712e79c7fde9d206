import { type WorkloadName, workloads } from "../workloads.ts";

/** A scrape job: pods of a workload, and the port that serves `/metrics`. */
export interface ScrapeTarget {
  readonly workload: WorkloadName;
  /** Name of the container port. */
  readonly port: string;
}

/** Job label → what is scraped. Every metric that a rule names comes from one of these. */
export const scrapeTargets = {
  gateway: { workload: "gateway", port: "metrics" },
  postgres: { workload: "postgres", port: "metrics" },
  "postgres-operator": { workload: "postgres-operator", port: "metrics" },
  backups: { workload: "backup-monitor", port: "metrics" },
  jaeger: { workload: "jaeger", port: "metrics" },
  // Request rates, errors and durations that Jaeger makes of the spans it takes.
  spanmetrics: { workload: "jaeger", port: "spanmetrics" },
  prometheus: { workload: "prometheus", port: "http" },
  alertmanager: { workload: "alertmanager", port: "http" },
} as const satisfies Record<string, ScrapeTarget>;

/** Namespaces whose pods Prometheus may list: those with a target and no others. */
export const scrapedNamespaces = [
  ...new Set(Object.values(scrapeTargets).map(({ workload }) => workloads[workload].namespace)),
];
