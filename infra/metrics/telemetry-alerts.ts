import type { Alerts } from "./alert.ts";
import { requestRate } from "./recording-rules.ts";

const jaeger = (metric: string, matchers = "") => `${metric}{job="jaeger"${matchers && `,${matchers}`}}`;
const per = (labels: string, window: string, series: string) => `sum by (${labels}) (rate(${series}[${window}]))`;

const accepted = jaeger("otelcol_receiver_accepted_spans_total");
/** Over HTTP, as services send: Jaeger traces itself over gRPC whenever somebody opens its page. */
const fromServices = jaeger("otelcol_receiver_accepted_spans_total", 'transport="http"');
const refused = jaeger("otelcol_receiver_refused_spans_total");
const sent = jaeger("otelcol_exporter_sent_spans_total");
const unsent = jaeger("otelcol_exporter_send_failed_spans_total");
const lost = (metric: string) => `sum by (pod) (increase(${metric}{job="gateway"}[10m])) > 0`;
const stored = "jaeger_storage_requests_total";
/** A look at one trace is an error whenever the trace is not there, which is what half of the looks find. */
const search = 'operation!="get_trace"';
const calls = (matchers: string) => `traces_span_metrics_calls_total{job="spanmetrics",${matchers}}`;
const outgoing = 'span_kind=~"SPAN_KIND_CLIENT|SPAN_KIND_PRODUCER"';

/** Whether traces get from the gateway into Jaeger and out again, and what the metrics that Jaeger makes of spans show. */
export const telemetryAlerts = {
  SpanExportFailing: {
    severity: "ticket",
    for: "10m",
    expr: lost("otel_export_failed_spans_total"),
    summary: "Spans of a gateway pod do not reach Jaeger; requests are not affected",
    description:
      '{{ $value | printf "%.0f" }} spans of {{ $labels.pod }} were not delivered in ten minutes. See whether Jaeger is up, then whether the pod may reach its port.',
    runbook: "traces-missing",
    why: "a restart of Jaeger loses what is sent meanwhile; ten minutes outlast it",
  },
  SpansDropped: {
    severity: "ticket",
    for: "10m",
    expr: lost("otel_spans_dropped_total"),
    summary: "A gateway pod makes more spans than it can send",
    description:
      '{{ $value | printf "%.0f" }} spans of {{ $labels.pod }} were dropped from its full queue in ten minutes. See whether Jaeger answers slowly; lower golive:tracing samplingRatio if it does not.',
    runbook: "traces-missing",
    why: "the queue holds seconds of a burst; one that overflows for ten minutes is too small for the load",
  },
  ErrorEventsLost: {
    severity: "ticket",
    for: "10m",
    expr: 'sum by (pod) (increase(error_events_total{job="gateway",outcome=~"failed|dropped"}[10m])) > 0',
    summary: "Errors of a gateway pod do not reach the error tracker",
    description:
      '{{ $value | printf "%.0f" }} events of {{ $labels.pod }} were lost in ten minutes; its log has each error all the same. See whether the tracker is up, and whether the pod may reach it.',
    runbook: "errors-missing",
    why: "a restart of the tracker takes less; ten minutes of losses are an outage, or a DSN that is wrong",
  },
  TraceIngestRefused: {
    severity: "ticket",
    for: "10m",
    expr: `sum(rate(${refused}[5m])) / (sum(rate(${accepted}[5m])) + sum(rate(${refused}[5m]))) > 0.01`,
    summary: "Jaeger refuses more than one span in a hundred, most likely at its memory limit",
    description:
      "{{ $value | humanizePercentage }} of the spans are refused. Compare Jaeger's memory with its limit; raise golive:tracing memory or lower samplingRatio.",
    runbook: "traces-missing",
    why: "single refusals are retried by the sender and lose nothing",
  },
  TraceExportFailing: {
    severity: "ticket",
    for: "10m",
    expr: `${per("exporter", "5m", unsent)} / (${per("exporter", "5m", sent)} + ${per("exporter", "5m", unsent)}) > 0.05`,
    summary: "Jaeger cannot store or pass on more than one span in twenty",
    description:
      "{{ $value | humanizePercentage }} of the spans for {{ $labels.exporter }} are lost. For the store, look at the space on Jaeger's volume; for Sentry, at the answer in Jaeger's log.",
    runbook: "traces-missing",
    why: "its volume is full or broken, or Sentry refuses; requests are not affected",
  },
  TracesAbsent: {
    severity: "ticket",
    for: "15m",
    expr: `${requestRate} > 1 unless on () sum(rate(${fromServices}[15m])) > 0`,
    summary: "The gateway serves requests and not one span arrives at Jaeger",
    description:
      '{{ $value | printf "%.1f" }} requests a second leave no trace. Look in the gateway\'s log for what its tracing said at the start, then at the sampling ratio.',
    runbook: "traces-missing",
    why: "at one request a second and one trace in a hundred, a quarter of an hour still has nine",
  },
  TraceStorageFailing: {
    severity: "ticket",
    for: "10m",
    expr: `${per("operation", "5m", jaeger(stored, `${search},result="err"`))} / ${per("operation", "5m", jaeger(stored, search))} > 0.05`,
    summary: "Jaeger's storage fails: traces cannot be looked up",
    description:
      "{{ $value | humanizePercentage }} of the operations {{ $labels.operation }} fail. Look at the space on Jaeger's volume and at its log.",
    runbook: "jaeger-storage",
    why: "a search that somebody breaks off counts as one error; one in twenty over ten minutes is none of that",
  },
  SpanMetricsAbsent: {
    severity: "ticket",
    for: "15m",
    expr: `sum(rate(${fromServices}[15m])) > 0 unless on () count(traces_span_metrics_calls_total{job="spanmetrics"}) > 0`,
    summary: "Spans arrive at Jaeger and no metrics are made of them",
    description:
      '{{ $value | printf "%.1f" }} spans a second arrive, and the scrape of the span metrics is empty. Compare the pipelines of Jaeger\'s configuration with the running one.',
    runbook: "metrics-missing",
    why: "metrics are flushed every fifteen seconds, so they are there a minute after the first span",
  },
  TracedCallsFailing: {
    severity: "ticket",
    for: "15m",
    expr: `${per("service_name, span_name", "10m", calls(`${outgoing},status_code="STATUS_CODE_ERROR"`))} / ${per("service_name, span_name", "10m", calls(outgoing))} > 0.2 and on (service_name, span_name) ${per("service_name, span_name", "10m", calls(outgoing))} > 0.05`,
    summary: "More than one in five calls of a service to something else fails",
    description:
      "{{ $value | humanizePercentage }} of {{ $labels.service_name }}'s calls {{ $labels.span_name }} fail. Open a trace with such a span: it has the error.",
    runbook: "traced-calls-failing",
    why: "callers retry what fails now and then; sampling thins numbers and leaves shares as they are",
  },
} as const satisfies Alerts;
