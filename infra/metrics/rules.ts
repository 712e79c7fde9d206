import type { Alert } from "./alert.ts";
import { alerts } from "./alerts.ts";

const requests = "http_server_request_duration_seconds";

/** Windows of the burn-rate alerts. */
const errorWindows = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"];
const slowWindows = ["5m", "1h"];

/** Rule file of Prometheus: ratios first, then the alerts that read them. */
export function ruleFile(chosen: Readonly<Record<string, Alert>> = alerts): Record<string, unknown> {
  const ratios = {
    name: "gateway-ratios",
    interval: "30s",
    rules: [...errorWindows.map(errorRatio), ...slowWindows.map(slowRatio)],
  };
  const read = Object.values(chosen).some(({ expr }) => expr.includes("gateway:"));
  return {
    groups: [...(read ? [ratios] : []), { name: "alerts", rules: Object.entries(chosen).map(alertRule) }],
  };
}

function errorRatio(window: string): Record<string, string> {
  const all = `sum(rate(${requests}_count{job="gateway"}[${window}]))`;
  const failed = `sum(rate(${requests}_count{job="gateway",http_response_status_code=~"5.."}[${window}]))`;
  return { record: `gateway:http_errors:ratio_rate${window}`, expr: `${failed} / ${all}` };
}

function slowRatio(window: string): Record<string, string> {
  const all = `sum(rate(${requests}_count{job="gateway"}[${window}]))`;
  const fast = `sum(rate(${requests}_bucket{job="gateway",le="0.5"}[${window}]))`;
  return { record: `gateway:http_slow:ratio_rate${window}`, expr: `1 - ${fast} / ${all}` };
}

function alertRule([alert, rule]: [string, Alert]): Record<string, unknown> {
  return {
    alert,
    expr: rule.expr,
    ...(rule.for === "0s" ? {} : { for: rule.for }),
    labels: { severity: rule.severity, ...rule.labels },
    annotations: { summary: rule.summary, why: rule.why },
  };
}
