import { type AlertCase, type AlertCases, noData } from "./alert-case.ts";
import type { telemetryAlerts } from "./telemetry-alerts.ts";

type Series = AlertCase["series"];

const received = (what: "accepted" | "refused", aMinute: number, transport = "http"): Series => ({
  [`otelcol_receiver_${what}_spans_total{job="jaeger",pod="j",receiver="otlp",transport="${transport}"}`]: `0+${aMinute}x60`,
});
const exported = (what: "sent" | "send_failed", aMinute: number, exporter = "store"): Series => ({
  [`otelcol_exporter_${what}_spans_total{job="jaeger",pod="j",exporter="${exporter}"}`]: `0+${aMinute}x60`,
});
const ofPod = (metric: string, pod: string, values: string): Series => ({
  [`${metric}{job="gateway",namespace="app",pod="${pod}"}`]: values,
});
const events = (pod: string, outcome: string, values: string): Series => ({
  [`error_events_total{job="gateway",namespace="app",pod="${pod}",outcome="${outcome}"}`]: values,
});
const served = (aMinute: number): Series => ({
  'http_server_request_duration_seconds_count{job="gateway",pod="a",http_response_status_code="200"}': `0+${aMinute}x60`,
});
const looked = (result: "ok" | "err", aMinute: number, operation = "find_traces"): Series => ({
  [`jaeger_storage_requests_total{job="jaeger",pod="j",operation="${operation}",result="${result}"}`]: `0+${aMinute}x60`,
});
const calls = (status: "UNSET" | "ERROR", aMinute: number, kind = "CLIENT"): Series => ({
  [`traces_span_metrics_calls_total{job="spanmetrics",service_name="web",span_name="GET /pay",span_kind="SPAN_KIND_${kind}",status_code="STATUS_CODE_${status}"}`]: `0+${aMinute}x60`,
});

export const telemetryAlertCases: AlertCases<keyof typeof telemetryAlerts> = {
  SpanExportFailing: [
    {
      series: {
        ...ofPod("otel_export_failed_spans_total", "a", "0+9x60"),
        ...ofPod("otel_export_failed_spans_total", "b", "4x60"),
      },
      at: "30m",
      fires: { pod: "a" },
      value: "90",
    },
    // A restart of Jaeger.
    { series: ofPod("otel_export_failed_spans_total", "a", "0x10 90x60"), at: "30m" },
    noData,
  ],
  SpansDropped: [
    { series: ofPod("otel_spans_dropped_total", "a", "0+9x60"), at: "30m", fires: { pod: "a" }, value: "90" },
    { series: ofPod("otel_spans_dropped_total", "a", "0x10 90x60"), at: "30m" },
    noData,
  ],
  ErrorEventsLost: [
    {
      series: {
        ...events("a", "failed", "0+9x60"),
        // Held back on purpose, and counted for that.
        ...events("b", "limited", "0+9x60"),
        ...events("b", "failed", "4x60"),
      },
      at: "30m",
      fires: { pod: "a" },
      value: "90",
    },
    // A restart of the tracker.
    { series: events("a", "failed", "0x10 90x60"), at: "30m" },
    noData,
  ],
  TraceIngestRefused: [
    { series: { ...received("refused", 5), ...received("accepted", 95) }, at: "20m", fires: {}, value: "5%" },
    { series: { ...received("refused", 1), ...received("accepted", 999) }, at: "20m" },
    noData,
  ],
  TraceExportFailing: [
    {
      series: {
        ...exported("send_failed", 10),
        ...exported("sent", 90),
        ...exported("send_failed", 0, "sentry"),
        ...exported("sent", 900, "sentry"),
      },
      at: "20m",
      fires: { exporter: "store" },
      value: "10%",
    },
    { series: { ...exported("send_failed", 1), ...exported("sent", 99) }, at: "20m" },
    noData,
  ],
  TracesAbsent: [
    { series: { ...served(600), ...received("accepted", 0) }, at: "40m", fires: {}, value: "10.0" },
    // On-call opens Jaeger's page, which makes spans of Jaeger's own.
    {
      series: { ...served(600), ...received("accepted", 0), ...received("accepted", 60, "grpc") },
      at: "40m",
      fires: {},
      value: "10.0",
    },
    // Jaeger has not seen a span since it started: the series is not there at all.
    { series: served(600), at: "40m", fires: {}, value: "10.0" },
    { series: { ...served(600), ...received("accepted", 6) }, at: "40m" },
    // A quiet night.
    { series: { ...served(6), ...received("accepted", 0) }, at: "40m" },
    noData,
  ],
  TraceStorageFailing: [
    {
      series: { ...looked("err", 10), ...looked("ok", 90), ...looked("ok", 900, "get_services") },
      at: "20m",
      fires: { operation: "find_traces" },
      value: "10%",
    },
    { series: { ...looked("err", 1), ...looked("ok", 99) }, at: "20m" },
    // Somebody asks again and again for traces that were not sampled.
    { series: { ...looked("err", 60, "get_trace"), ...looked("ok", 60) }, at: "20m" },
    noData,
  ],
  SpanMetricsAbsent: [
    { series: received("accepted", 60), at: "40m", fires: {}, value: "1.0" },
    { series: { ...received("accepted", 60), ...calls("UNSET", 60) }, at: "40m" },
    { series: received("accepted", 0), at: "40m" },
    noData,
  ],
  TracedCallsFailing: [
    {
      series: { ...calls("ERROR", 30), ...calls("UNSET", 70) },
      at: "40m",
      fires: { service_name: "web", span_name: "GET /pay" },
      value: "30%",
    },
    { series: { ...calls("ERROR", 10), ...calls("UNSET", 90) }, at: "40m" },
    // What a service answers to others is its own metric's.
    { series: { ...calls("ERROR", 60, "SERVER"), ...calls("UNSET", 60) }, at: "40m" },
    // One call in a minute.
    { series: calls("ERROR", 1), at: "40m" },
    noData,
  ],
};
