import { mebibytes } from "../config/quantities.ts";
import type { NamespaceNames } from "../names.ts";
import { workloads } from "../workloads.ts";
import { type ScrapeTarget, scrapeTargets } from "./targets.ts";

export interface PrometheusConfigArgs {
  readonly environment: string;
  readonly namespaces: NamespaceNames;
  /** How often targets are scraped and rules evaluated. */
  readonly scrapeInterval: string;
  readonly retention: string;
  /** Kubernetes quantity; whichever of age and size is reached first drops the oldest block. */
  readonly retentionSize: string;
}

export function prometheusConfig(args: PrometheusConfigArgs): Record<string, unknown> {
  const alertmanager = `alertmanager:${workloads.alertmanager.ports.http}`;
  return {
    global: {
      scrape_interval: args.scrapeInterval,
      evaluation_interval: args.scrapeInterval,
      scrape_timeout: shorter(args.scrapeInterval, 10),
      external_labels: { environment: args.environment },
    },
    storage: {
      // Prometheus' MB are powers of two.
      tsdb: { retention: { time: args.retention, size: `${mebibytes(args.retentionSize)}MB` } },
      exemplars: { max_exemplars: 20_000 },
    },
    rule_files: ["/etc/prometheus/rules.yaml"],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
    scrape_configs: Object.entries(scrapeTargets).map(([job, target]) => scrapeJob(job, target, args.namespaces)),
  };
}

/** Seconds a scrape may take: never longer than the interval. */
function shorter(interval: string, most: number): string {
  const unit = { s: 1, m: 60, h: 3600 }[interval.slice(-1)] ?? 1;
  return `${Math.min(Number.parseInt(interval, 10) * unit, most)}s`;
}

/** Pods are found by their labels and the name of the port; what has ended is left out. */
function scrapeJob(job: string, { workload, port }: ScrapeTarget, namespaces: NamespaceNames): Record<string, unknown> {
  const { namespace, selector } = workloads[workload];
  const pod = (label: string) => `__meta_kubernetes_pod_${label}`;
  const keep = (source: string, regex: string) => ({ source_labels: [source], regex, action: "keep" });
  const copy = (source: string, target: string) => ({ source_labels: [source], target_label: target });
  return {
    job_name: job,
    kubernetes_sd_configs: [{ role: "pod", namespaces: { names: [namespaces[namespace]] } }],
    relabel_configs: [
      ...Object.entries(selector).map(([label, value]) =>
        keep(pod(`label_${label.replaceAll(/[^a-zA-Z0-9]/g, "_")}`), value),
      ),
      keep(pod("container_port_name"), port),
      { source_labels: [pod("phase")], regex: "Failed|Succeeded", action: "drop" },
      copy("__meta_kubernetes_namespace", "namespace"),
      copy(pod("name"), "pod"),
    ],
  };
}
