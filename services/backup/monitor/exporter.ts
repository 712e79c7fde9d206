import { Counter, Gauge, Registry } from "prom-client";
import type { Limits } from "../config/monitor.ts";
import type { RetentionPolicy } from "../retention/policy.ts";
import type { Look } from "./look.ts";
import { type Metric, type MetricName, metricTable } from "./metric-table.ts";
import { backupSamples, platformSamples, type Sample, toldSamples } from "./samples.ts";

/** What the metrics server shows: the last look, and of the backups the last look that saw them. */
export class Exporter {
  #backups: readonly Sample[] = [];
  #told: readonly Sample[] = [];
  #platform: readonly Sample[] = [];
  #errors = 0;
  #lastComplete: Date | undefined;
  #seconds = 0;

  /** A look was made; when it could not list the backups, what was known of them stays. */
  saw({ facts, report, seconds }: Look, limits: Limits, policy: RetentionPolicy): void {
    this.#seconds = seconds;
    this.#platform = platformSamples(facts, report, limits);
    const backups = backupSamples(facts, policy, limits);
    if (backups === undefined) {
      this.#errors++;
      return;
    }
    this.#backups = backups;
    this.#told = toldSamples(facts);
    this.#lastComplete = facts.now;
  }

  /** A look could not be made at all: everything stays. */
  failed(): void {
    this.#errors++;
  }

  /** In Prometheus' text format; ages are those of `now`. */
  async text(now: Date): Promise<string> {
    return render([...this.#backups, ...this.#told, ...this.#platform, ...this.#own()], now);
  }

  #own(): Sample[] {
    return [
      { metric: "golive_backup_monitor_timestamp_seconds", value: (this.#lastComplete?.getTime() ?? 0) / 1000 },
      { metric: "golive_backup_monitor_duration_seconds", value: this.#seconds },
      { metric: "golive_backup_monitor_errors_total", value: this.#errors },
    ];
  }
}

/** A registry of its own for each scrape: what is gone from the samples is gone from the answer, with nothing to reset. */
async function render(samples: readonly Sample[], now: Date): Promise<string> {
  const registry = new Registry();
  for (const [name, { help, labels, type }] of Object.entries(metricTable) as [MetricName, Metric][]) {
    const own = samples.filter(({ metric }) => metric === name);
    // A series without labels would begin with 0 by itself, and 0 is a time long ago.
    if (own.length === 0) continue;
    const options = { name, help, labelNames: [...labels], registers: [registry] };
    const series = type === "counter" ? new Counter(options) : new Gauge(options);
    for (const { labels: of = {}, value } of own) {
      const number = typeof value === "number" ? value : (now.getTime() - value.since.getTime()) / 1000;
      if (series instanceof Counter) series.inc(of, number);
      else series.set(of, number);
    }
  }
  return registry.metrics();
}
