import * as pulumi from "@pulumi/pulumi";
import { bag, packageReference, withDefaults } from "./package.ts";
import type * as inputs from "./types/input/index.ts";
import type * as outputs from "./types/output/index.ts";

const required = [
  "aggregate",
  "conditionGroup",
  "dataset",
  "eventTypes",
  "issueDetection",
  "organization",
  "project",
] as const satisfies readonly (keyof MetricMonitorArgs)[];
/** Everything that the provider answers with; what is not an input stays open until then. */
const properties = [
  "aggregate",
  "conditionGroup",
  "dataset",
  "enabled",
  "environment",
  "eventTypes",
  "extrapolationMode",
  "issueDetection",
  "name",
  "organization",
  "owner",
  "project",
  "query",
  "queryType",
  "timeWindowSeconds",
] as const satisfies readonly (keyof MetricMonitor)[];

/** A number over a window; opens an issue when it leaves its bounds. Who is told stands in an `Alert`. */
export class MetricMonitor extends pulumi.CustomResource {
  static readonly __pulumiType = "sentry:index/metricMonitor:MetricMonitor";

  /** In Sentry's syntax, such as `count()` or `p95(span.duration)`. */
  declare readonly aggregate: pulumi.Output<string>;
  declare readonly conditionGroup: pulumi.Output<outputs.MetricMonitorConditionGroup>;
  /** `events`, `events_analytics_platform` or `metrics`; the last for crash rates. */
  declare readonly dataset: pulumi.Output<string>;
  declare readonly enabled: pulumi.Output<boolean>;
  /** Must exist in the organization already. */
  declare readonly environment: pulumi.Output<string | undefined>;
  /** `events_analytics_platform` takes exactly one, crash rates take none. */
  declare readonly eventTypes: pulumi.Output<string[]>;
  /** `client_and_server_weighted` or `none`; `server_weighted` is refused. */
  declare readonly extrapolationMode: pulumi.Output<string>;
  declare readonly issueDetection: pulumi.Output<outputs.MetricMonitorIssueDetection>;
  /** At most 200 characters. */
  declare readonly name: pulumi.Output<string>;
  declare readonly organization: pulumi.Output<string>;
  declare readonly owner: pulumi.Output<outputs.MetricMonitorOwner | undefined>;
  declare readonly project: pulumi.Output<string>;
  /** Sentry's search syntax. `release:latest` is refused. */
  declare readonly query: pulumi.Output<string>;
  /** `error`, `performance` or `crash_rate`; each goes with one dataset. */
  declare readonly queryType: pulumi.Output<string>;
  /** At least 300 on `events_analytics_platform`. */
  declare readonly timeWindowSeconds: pulumi.Output<number>;

  constructor(name: string, args: MetricMonitorArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      MetricMonitor.__pulumiType,
      name,
      bag(name, args, required, properties),
      withDefaults(opts),
      false,
      packageReference(),
    );
  }
}

export interface MetricMonitorArgs {
  /** In Sentry's syntax, such as `count()` or `p95(span.duration)`. */
  aggregate: pulumi.Input<string>;
  conditionGroup: pulumi.Input<inputs.MetricMonitorConditionGroup>;
  /** `events`, `events_analytics_platform` or `metrics`; the last for crash rates. */
  dataset: pulumi.Input<string>;
  enabled?: pulumi.Input<boolean>;
  /** Must exist in the organization already. */
  environment?: pulumi.Input<string>;
  /** `events_analytics_platform` takes exactly one, crash rates take none. */
  eventTypes: pulumi.Input<pulumi.Input<string>[]>;
  /** `client_and_server_weighted` or `none`; `server_weighted` is refused. */
  extrapolationMode?: pulumi.Input<string>;
  issueDetection: pulumi.Input<inputs.MetricMonitorIssueDetection>;
  /** At most 200 characters. */
  name?: pulumi.Input<string>;
  organization: pulumi.Input<string>;
  owner?: pulumi.Input<inputs.MetricMonitorOwner>;
  project: pulumi.Input<string>;
  /** Sentry's search syntax. `release:latest` is refused. */
  query?: pulumi.Input<string>;
  /** `error`, `performance` or `crash_rate`; each goes with one dataset. */
  queryType?: pulumi.Input<string>;
  /** At least 300 on `events_analytics_platform`. */
  timeWindowSeconds?: pulumi.Input<number>;
}
