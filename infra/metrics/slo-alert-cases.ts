import { type AlertCase, type AlertCases, noData } from "./alert-case.ts";
import type { sloAlerts } from "./slo-alerts.ts";

const requests = (status: string) =>
  `http_server_request_duration_seconds_count{job="gateway",http_response_status_code="${status}"}`;
const within = (seconds: string) => `http_server_request_duration_seconds_bucket{job="gateway",le="${seconds}"}`;
const up = 'up{job="gateway",namespace="app",pod="a"}';

/** A thousand requests a minute, of which so many fail. */
const failing = (aMinute: number, minutes: number): AlertCase["series"] => ({
  [requests("200")]: `0+${1000 - aMinute}x${minutes}`,
  [requests("500")]: `0+${aMinute}x${minutes}`,
});
/** A thousand requests a minute, of which so many take longer than half a second. */
const slow = (aMinute: number, minutes: number): AlertCase["series"] => ({
  [requests("200")]: `0+1000x${minutes}`,
  [within("0.5")]: `0+${1000 - aMinute}x${minutes}`,
});

const route = (path: string, requestsAMinute: number, fastAMinute: number): AlertCase["series"] => {
  const labels = `job="gateway",http_route="${path}",http_response_status_code="200"`;
  const bucket = (le: string) => `http_server_request_duration_seconds_bucket{${labels},le="${le}"}`;
  return {
    [`http_server_request_duration_seconds_count{${labels}}`]: `0+${requestsAMinute}x60`,
    [bucket("1")]: `0+${fastAMinute}x60`,
    [bucket("2.5")]: `0+${requestsAMinute}x60`,
    [bucket("+Inf")]: `0+${requestsAMinute}x60`,
  };
};

export const sloAlertCases: AlertCases<keyof typeof sloAlerts> = {
  GatewayErrorBudgetBurnFast: [
    { series: failing(50, 90), at: "70m", fires: {}, value: "5%" },
    // Three bad minutes that are over: the short window has forgotten them.
    { series: { [requests("200")]: "0+1000x120", [requests("500")]: "0x60 0+500x3 1500x57" }, at: "100m" },
    // A share that lasts and is the slow alert's.
    { series: failing(10, 90), at: "70m" },
    { series: failing(0, 90), at: "70m" },
    noData,
  ],
  GatewayErrorBudgetBurnSlow: [
    { series: failing(10, 400), at: "380m", fires: {}, value: "1%" },
    // Over for 45 minutes.
    { series: { [requests("200")]: "0+1000x400", [requests("500")]: "0+10x300 3000x100" }, at: "345m" },
    { series: failing(3, 400), at: "380m" },
    noData,
  ],
  GatewayErrorBudgetDraining: [
    { series: failing(5, 180), at: "150m", fires: {}, value: "0.5%" },
    { series: { [requests("200")]: "0+9999x180", [requests("500")]: "0+1x180" }, at: "150m" },
    noData,
  ],
  GatewayLatencyBudgetBurnFast: [
    { series: slow(300, 90), at: "70m", fires: {}, value: "30%" },
    { series: slow(100, 90), at: "70m" },
    // All of it slow, and counted by a gateway that forgot its buckets: no share can be worked out.
    { series: { [requests("200")]: "0+100x90" }, at: "70m" },
    noData,
  ],
  GatewayLatencyBudgetBurnSlow: [
    { series: slow(100, 400), at: "380m", fires: {}, value: "10%" },
    { series: slow(30, 400), at: "380m" },
    noData,
  ],
  GatewayLatencyBudgetDraining: [
    { series: slow(40, 180), at: "150m", fires: {}, value: "4%" },
    { series: slow(5, 180), at: "150m" },
    noData,
  ],
  GatewayRouteSlow: [
    // One slow route beside a fast one.
    {
      series: { ...route("/api/slow", 60, 50), ...route("/api/fast", 6000, 6000) },
      at: "30m",
      fires: { http_route: "/api/slow" },
      value: "2.05s",
    },
    { series: route("/api/fast", 60, 59), at: "30m" },
    // One request in two minutes.
    {
      series: {
        'http_server_request_duration_seconds_count{job="gateway",http_route="/rare"}': "0 0+1x30 30x30",
        'http_server_request_duration_seconds_bucket{job="gateway",http_route="/rare",le="1"}': "0x60",
        'http_server_request_duration_seconds_bucket{job="gateway",http_route="/rare",le="+Inf"}': "0 0+1x30 30x30",
      },
      at: "30m",
    },
    noData,
  ],
  SloSeriesAbsent: [
    { series: { [up]: "1x60" }, at: "20m", fires: {} },
    { series: { [up]: "1x60", [requests("200")]: "0+1x60", [requests("500")]: "0x60" }, at: "20m" },
    noData,
  ],
};
