import type { Alerts } from "./alert.ts";
import { errorRatio, slowRatio } from "./recording-rules.ts";

/** Promise of the gateway: 99.9 % of requests without a server error over 30 days. */
export const errorBudget = 0.001;
/** Promise of the gateway: 99 % of requests within half a second. */
export const slowBudget = 0.01;

type Ratio = typeof errorRatio;

/** Both windows: the long one says that it matters, the short one that it still goes on. */
const burns = (ratio: Ratio, budget: number, factor: number, long: string, short: string) =>
  `(${ratio(long)} > ${factor} * ${budget} and ${ratio(short)} > ${factor} * ${budget})`;

const errors = { ratio: errorRatio, budget: errorBudget };
const slow = { ratio: slowRatio, budget: slowBudget };
const fast = ({ ratio, budget }: typeof errors) => burns(ratio, budget, 14.4, "1h", "5m");
const slower = ({ ratio, budget }: typeof errors) => burns(ratio, budget, 6, "6h", "30m");
const draining = ({ ratio, budget }: typeof errors) =>
  `${burns(ratio, budget, 3, "1d", "2h")} or ${burns(ratio, budget, 1, "3d", "6h")}`;

const duration = "http_server_request_duration_seconds";

/** What clients feel: the share of answers that are errors, and of those that come late. */
export const sloAlerts = {
  GatewayErrorBudgetBurnFast: {
    severity: "page",
    for: "2m",
    expr: fast(errors),
    summary: "The gateway answers with server errors fast enough to use up the month's budget in two days",
    description:
      "{{ $value | humanizePercentage }} of the last hour's requests ended with a server error. Look at the errors by route, and at what was rolled out last.",
    runbook: "gateway-errors",
    why: "14.4 × over 1 h spends 2 % of the budget; the window of five minutes ends the page when the errors end",
  },
  GatewayErrorBudgetBurnSlow: {
    severity: "page",
    for: "15m",
    expr: slower(errors),
    summary: "The gateway answers with server errors fast enough to use up the month's budget in five days",
    description:
      "{{ $value | humanizePercentage }} of the last six hours' requests ended with a server error. Look at the errors by route, and at what was rolled out last.",
    runbook: "gateway-errors",
    why: "6 × over 6 h spends 5 % of the budget; the window of half an hour ends the page soon after the errors",
  },
  GatewayErrorBudgetDraining: {
    severity: "ticket",
    for: "15m",
    expr: draining(errors),
    summary: "The gateway answers with a few more server errors than the month's budget allows",
    description:
      "{{ $value | humanizePercentage }} of the requests of a day or three ended with a server error. Sort the errors of the tracker by count and mend the first.",
    runbook: "gateway-errors",
    why: "spends 10 % of the budget in a day or in three: nobody has to get up, somebody has to look",
  },
  GatewayLatencyBudgetBurnFast: {
    severity: "page",
    for: "2m",
    expr: fast(slow),
    summary: "More than a seventh of the gateway's answers take longer than half a second",
    description:
      "{{ $value | humanizePercentage }} of the last hour's answers took longer than half a second. Open the slowest traces and see which span has the time.",
    runbook: "gateway-latency",
    why: "14.4 × over 1 h spends 2 % of the latency budget",
  },
  GatewayLatencyBudgetBurnSlow: {
    severity: "page",
    for: "15m",
    expr: slower(slow),
    summary: "More than one in seventeen of the gateway's answers take longer than half a second",
    description:
      "{{ $value | humanizePercentage }} of the last six hours' answers took longer than half a second. Open the slowest traces and see which span has the time.",
    runbook: "gateway-latency",
    why: "6 × over 6 h spends 5 % of the latency budget",
  },
  GatewayLatencyBudgetDraining: {
    severity: "ticket",
    for: "15m",
    expr: draining(slow),
    summary: "A little more of the gateway's answers take longer than half a second than the budget allows",
    description:
      "{{ $value | humanizePercentage }} of the answers of a day or three took longer than half a second. Compare the routes' 95th percentiles with last week's.",
    runbook: "gateway-latency",
    why: "spends 10 % of the latency budget in a day or in three",
  },
  GatewayRouteSlow: {
    severity: "ticket",
    for: "15m",
    expr: `histogram_quantile(0.95, sum by (http_route, le) (rate(${duration}_bucket{job="gateway"}[10m]))) > 1 and on (http_route) sum by (http_route) (rate(${duration}_count{job="gateway"}[10m])) > 0.1`,
    summary: "One in twenty requests of a route takes longer than a second",
    description:
      "The 95th percentile of {{ $labels.http_route }} is {{ $value | humanizeDuration }}. Open the route's slowest traces and see which span has the time.",
    runbook: "gateway-latency",
    why: "a slow route hides in the whole; below one request in ten seconds the percentile is a single request",
  },
  SloSeriesAbsent: {
    severity: "ticket",
    for: "15m",
    expr: `absent(${errorRatio("5m")}) and on () (count(up{job="gateway"} == 1) > 0)`,
    summary: "The gateway is up but its error ratio cannot be computed",
    description:
      "The gateway answers scrapes, but its histogram of requests is not among the answers. Compare the names of its /metrics with those of the rules.",
    runbook: "metrics-missing",
    why: "a renamed metric would silence every budget alert; every operation's series begins at zero with the program, so a quiet service has it",
  },
} as const satisfies Alerts;
