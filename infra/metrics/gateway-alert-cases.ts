import { type AlertCase, type AlertCases, noData } from "./alert-case.ts";
import type { gatewayAlerts } from "./gateway-alerts.ts";

const of = (metric: string, labels: string) => `${metric}{job="gateway",${labels}}`;
const inPod = (metric: string, values: string, pod = "a"): AlertCase["series"] => ({
  [of(metric, `instance="${pod}:9464",namespace="app",pod="${pod}"`)]: values,
});
const up = (pod: string) => of("up", `namespace="app",pod="${pod}"`);
const a = { pod: "a" };

/** Decisions of a policy, so many a minute. */
const decided = (counts: Readonly<Record<string, number>>, mode: string, policy = "read"): AlertCase["series"] =>
  Object.fromEntries(
    Object.entries(counts).map(([decision, aMinute]) => [
      of("rate_limit_decisions_total", `pod="a",policy="${policy}",decision="${decision}",mode="${mode}"`),
      `0+${aMinute}x60`,
    ]),
  );
const asked = (outcomes: Readonly<Record<string, number>>): AlertCase["series"] =>
  Object.fromEntries(
    Object.entries(outcomes).map(([outcome, aMinute]) => [
      of("http_client_request_duration_seconds_count", `pod="a",upstream="shop",outcome="${outcome}"`),
      `0+${aMinute}x60`,
    ]),
  );
const ended = (statuses: Readonly<Record<string, string>>): AlertCase["series"] =>
  Object.fromEntries(
    Object.entries(statuses).map(([status, values]) => [
      of("pipeline_runs_total", `pod="a",status="${status}"`),
      values,
    ]),
  );

export const gatewayAlertCases: AlertCases<keyof typeof gatewayAlerts> = {
  GatewayAbsent: [
    { series: { [up("a")]: "1 1 0x10" }, at: "8m", fires: {} },
    { series: { [up("a")]: "0x10", [up("b")]: "1x10" }, at: "8m" },
    { ...noData, fires: {} },
  ],
  GatewayRestarting: [
    { series: inPod("process_start_time_seconds", "0x5 300x5 600x5 900x30"), at: "20m", fires: a, value: "3" },
    // A rollout.
    { series: inPod("process_start_time_seconds", "0x5 300x40"), at: "20m" },
    noData,
  ],
  GatewayEventLoopBlocked: [
    { series: inPod("nodejs_eventloop_lag_p99_seconds", "0.5x20"), at: "15m", fires: a, value: "500ms" },
    { series: inPod("nodejs_eventloop_lag_p99_seconds", "0.05x20"), at: "15m" },
    noData,
  ],
  GatewayPoolExhausted: [
    { series: inPod("db_client_connection_pending_requests", "4x20"), at: "12m", fires: a, value: "4" },
    // It empties between the bursts.
    { series: inPod("db_client_connection_pending_requests", "9 0 9 0 9 0 9 0 9 0 9 0 9 0 9 0"), at: "12m" },
    noData,
  ],
  GatewayFileDescriptorsHigh: [
    {
      series: { ...inPod("process_open_fds", "900x20"), ...inPod("process_max_fds", "1000x20") },
      at: "15m",
      fires: a,
      value: "90%",
    },
    { series: { ...inPod("process_open_fds", "90x20"), ...inPod("process_max_fds", "1000x20") }, at: "15m" },
    noData,
  ],
  RateLimitStoreDown: [
    {
      series: { ...inPod("rate_limit_store_up", "0x20"), ...inPod("rate_limit_store_up", "1x20", "b") },
      at: "10m",
      fires: a,
    },
    { series: inPod("rate_limit_store_up", "1x5 0x1 1x20"), at: "10m" },
    noData,
  ],
  RateLimitDegraded: [
    {
      series: { ...decided({ allowed: 50 }, "enforce"), ...decided({ allowed: 50 }, "degraded") },
      at: "25m",
      fires: {},
      value: "50%",
    },
    { series: { ...decided({ allowed: 990 }, "enforce"), ...decided({ allowed: 10 }, "degraded") }, at: "25m" },
    noData,
  ],
  RateLimitRefusingMany: [
    {
      series: {
        ...decided({ allowed: 100, limited: 100 }, "enforce"),
        ...decided({ allowed: 900, limited: 1 }, "enforce", "write"),
      },
      at: "25m",
      fires: { policy: "read" },
      value: "50%",
    },
    // A rule on trial refuses nobody.
    {
      series: { ...decided({ limited: 100 }, "dry-run"), ...decided({ allowed: 100, limited: 0 }, "enforce") },
      at: "25m",
    },
    // Ten requests in ten minutes.
    { series: decided({ allowed: 0, limited: 1 }, "enforce"), at: "25m" },
    noData,
  ],
  CircuitBreakerOpen: [
    // It tries a request now and then.
    {
      series: {
        [of("circuit_breaker_state", 'pod="a",upstream="shop"')]: "2 2 1 2 2 1 2 2 1 2 2 1 2 2",
        [of("circuit_breaker_state", 'pod="b",upstream="shop"')]: "0x20",
      },
      at: "12m",
      fires: { upstream: "shop" },
      value: "2",
    },
    { series: { [of("circuit_breaker_state", 'pod="a",upstream="shop"')]: "2 2 1 0x20" }, at: "12m" },
    noData,
  ],
  UpstreamFailing: [
    { series: asked({ ok: 80, failed: 10, timeout: 10 }), at: "25m", fires: { upstream: "shop" }, value: "20%" },
    // Clients leave, and that says nothing against it.
    { series: asked({ ok: 50, failed: 1, "client-gone": 49 }), at: "25m" },
    { series: asked({ ok: 1, failed: 1 }), at: "25m" },
    noData,
  ],
  PipelineRunsFailing: [
    { series: ended({ succeeded: "0+1x100", failed: "0+3x100" }), at: "80m", fires: {}, value: "75%" },
    { series: ended({ succeeded: "0+3x100", failed: "0+1x100" }), at: "80m" },
    // Four failed runs are somebody's pipeline.
    { series: ended({ succeeded: "0x100", failed: "0x30 1x5 2x5 3x5 4x100" }), at: "80m" },
    noData,
  ],
  PipelineRunsStuck: [
    {
      series: { ...inPod("pipeline_runs_active", "3x120"), ...ended({ succeeded: "7x120", failed: "0x120" }) },
      at: "95m",
      fires: {},
      value: "3",
    },
    { series: { ...inPod("pipeline_runs_active", "3x120"), ...ended({ succeeded: "0+1x120" }) }, at: "95m" },
    { series: { ...inPod("pipeline_runs_active", "0x120"), ...ended({ succeeded: "7x120" }) }, at: "95m" },
    noData,
  ],
};
