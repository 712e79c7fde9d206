import type { Alerts } from "./alert.ts";

const of = (metric: string, matchers = "") => `${metric}{job="gateway"${matchers && `,${matchers}`}}`;
/** Events a second over ten minutes, by a label. */
const rate = (label: string, metric: string, matchers = "") => `sum by (${label}) (rate(${of(metric, matchers)}[10m]))`;

const decisions = "rate_limit_decisions_total";
/** A rule on trial counts whom it would refuse, and refuses nobody. */
const enforced = 'mode!="dry-run"';
const upstream = "http_client_request_duration_seconds_count";
/** What speaks against the upstream; not the client that left, nor the breaker that did not ask. */
const upstreamFailures = 'outcome=~"failed|unreachable|timeout|cut"';
const runs = "pipeline_runs_total";

/** The gateway's processes, and what they lean on: cache, upstreams, pipelines. */
export const gatewayAlerts = {
  GatewayAbsent: {
    severity: "page",
    for: "3m",
    expr: 'absent(up{job="gateway"} == 1)',
    summary: "No gateway pod answers a scrape",
    description:
      "No pod of the gateway is there, or none answers: most likely nobody is served. Look at the pods' states and at the log of the last that ended.",
    runbook: "gateway-down",
    why: "three minutes outlast a rollout and a missed scrape",
    labels: { job: "gateway" },
  },
  GatewayRestarting: {
    severity: "ticket",
    for: "1m",
    expr: `max by (pod) (changes(${of("process_start_time_seconds")}[30m])) > 2`,
    summary: "A gateway pod starts again and again",
    description:
      "{{ $labels.pod }} has started {{ $value }} times in half an hour. Read the last lines of the container that ended: golive logs gateway.",
    runbook: "gateway-down",
    why: "a rollout starts a pod once; three starts in half an hour are a loop",
  },
  GatewayEventLoopBlocked: {
    severity: "ticket",
    for: "10m",
    expr: `max by (pod) (${of("nodejs_eventloop_lag_p99_seconds")}) > 0.2`,
    summary: "A gateway pod's event loop is blocked for longer than 200 ms",
    description:
      "One in a hundred turns of {{ $labels.pod }}'s event loop takes {{ $value | humanizeDuration }}. Compare its load with the others', then take a CPU profile.",
    runbook: "gateway-saturated",
    why: "every request of the pod waits as long; ten minutes outlast a garbage collection under load",
  },
  GatewayPoolExhausted: {
    severity: "ticket",
    for: "5m",
    expr: `min by (pod) (min_over_time(${of("db_client_connection_pending_requests")}[2m])) > 0`,
    summary: "Requests of a gateway pod wait for a database connection all the time",
    description:
      "At least {{ $value }} requests of {{ $labels.pod }} wait for a connection at any moment. Look for slow queries first; a larger pool moves the queue into the database.",
    runbook: "gateway-saturated",
    why: "a burst empties within a second; a queue that is never empty ends in timeouts",
  },
  GatewayFileDescriptorsHigh: {
    severity: "ticket",
    for: "10m",
    expr: `max by (pod) (${of("process_open_fds")} / on (pod) ${of("process_max_fds")}) > 0.8`,
    summary: "A gateway pod has nearly as many files and sockets open as it may",
    description:
      "{{ $labels.pod }} uses {{ $value | humanizePercentage }} of its file descriptors. Count its sockets by peer; restart the pod to gain time.",
    runbook: "gateway-saturated",
    why: "at the limit it takes no connection any more; ten minutes tell a leak from a burst",
  },

  RateLimitStoreDown: {
    severity: "ticket",
    for: "3m",
    expr: `min by (pod) (${of("rate_limit_store_up")}) == 0`,
    summary: "The store of the rate limits does not answer; each gateway pod counts for itself",
    description:
      "{{ $labels.pod }} does not reach Valkey. Logins and whatever else must not go uncounted get 503 until it does. Look at the pod of Valkey.",
    runbook: "rate-limit-store",
    why: "a restart of the store takes seconds; refused requests count against the error budget, which pages",
  },
  RateLimitDegraded: {
    severity: "ticket",
    for: "10m",
    expr: `sum(rate(${of(decisions, 'mode="degraded"')}[10m])) / sum(rate(${of(decisions)}[10m])) > 0.05`,
    summary: "Many rate limits are decided without their store",
    description:
      "{{ $value | humanizePercentage }} of the decisions were made without the shared count. Look at Valkey's latency and at its connections.",
    runbook: "rate-limit-store",
    why: "single slow answers of the store are decided locally and harm nobody; one in twenty makes limits a guess",
  },
  RateLimitRefusingMany: {
    severity: "ticket",
    for: "10m",
    expr: `${rate("policy", decisions, `decision="limited",${enforced}`)} / ${rate("policy", decisions, enforced)} > 0.2 and on (policy) ${rate("policy", decisions, enforced)} > 1`,
    summary: "A rate limit refuses more than a fifth of the requests it sees",
    description:
      "The policy {{ $labels.policy }} refuses {{ $value | humanizePercentage }} of its requests. See whether a few clients are meant: if many are, the limit is too low.",
    runbook: "rate-limit-refusing",
    why: "an ordinary client stays below its limit; under one request a second a share says nothing",
  },
  CircuitBreakerOpen: {
    severity: "ticket",
    for: "5m",
    expr: `max by (upstream) (${of("circuit_breaker_state")}) > 0`,
    summary: "The gateway does not send requests to an upstream any more, because too many failed",
    description:
      "The breaker of {{ $labels.upstream }} is open or tries single requests (state {{ $value }}); clients get 503. Look at the upstream itself.",
    runbook: "upstream-failing",
    why: "half-open counts: an upstream that fails each trial is down; five minutes outlast its restart",
  },
  UpstreamFailing: {
    severity: "ticket",
    for: "10m",
    expr: `${rate("upstream", upstream, upstreamFailures)} / ${rate("upstream", upstream)} > 0.1 and on (upstream) ${rate("upstream", upstream)} > 0.05`,
    summary: "More than one request in ten to an upstream fails",
    description:
      "{{ $value | humanizePercentage }} of the requests to {{ $labels.upstream }} fail or take too long. Look at the outcomes by kind, then at the upstream.",
    runbook: "upstream-failing",
    why: "the breaker opens at a larger share; below three requests a minute a share says nothing",
  },

  PipelineRunsFailing: {
    severity: "ticket",
    for: "5m",
    expr: `sum(increase(${of(runs, 'status="failed"')}[1h])) / sum(increase(${of(runs, 'status=~"succeeded|failed"')}[1h])) > 0.5 and on () sum(increase(${of(runs, 'status=~"succeeded|failed"')}[1h])) > 5`,
    summary: "More than half of the pipeline runs fail",
    description:
      "{{ $value | humanizePercentage }} of the last hour's runs failed. Compare the step and the error code of the newest: one cause shows as one code.",
    runbook: "pipeline-runs",
    why: "a broken pipeline fails for itself; half of all of them means the platform",
  },
  PipelineRunsStuck: {
    severity: "ticket",
    for: "30m",
    expr: `sum(${of("pipeline_runs_active")}) > 0 unless on () sum(increase(${of(runs, 'status=~"succeeded|failed|cancelled"')}[1h])) > 0`,
    summary: "Pipeline runs are under way and none ends",
    description:
      "{{ $value }} runs are active and none has ended for an hour. Open the trace of the oldest and see which step it is in.",
    runbook: "pipeline-runs",
    why: "the longest run takes minutes; an hour and a half without an end is a worker that died",
  },
} as const satisfies Alerts;
