export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

const requests = "http_server_request_duration_seconds";

/** Windows of the burn-rate alerts. */
const windows = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"] as const;

/** Share of the gateway's answers that are server errors, 0–1. */
export const errorRatio = (window: string) => `gateway:http_errors:ratio_rate${window}`;
/** Share of the gateway's answers that take longer than half a second, 0–1. */
export const slowRatio = (window: string) => `gateway:http_slow:ratio_rate${window}`;
/** Requests a second, over all replicas. */
export const requestRate = "gateway:http_requests:rate5m";
/** Security events a second, by kind. */
export const securityEventRate = "gateway:security_events:rate10m";

const all = (window: string) => `sum(rate(${requests}_count{job="gateway"}[${window}]))`;
const failed = (window: string) =>
  `sum(rate(${requests}_count{job="gateway",http_response_status_code=~"5.."}[${window}]))`;
const fast = (window: string) => `sum(rate(${requests}_bucket{job="gateway",le="0.5"}[${window}]))`;

/** What more than one alert reads, worked out once. */
export const recordingRules: readonly RecordingRule[] = [
  ...windows.map((window) => ({ record: errorRatio(window), expr: `${failed(window)} / ${all(window)}` })),
  ...windows.map((window) => ({ record: slowRatio(window), expr: `1 - ${fast(window)} / ${all(window)}` })),
  { record: requestRate, expr: all("5m") },
  { record: securityEventRate, expr: 'sum by (kind) (rate(security_events_total{job="gateway"}[10m]))' },
];
