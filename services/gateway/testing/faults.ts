import type { Fault, Proof } from "../../../tests/fault-proofs.ts";

const at = (file: string, name: string): Proof => ({ file, name });
const gateway = (file: string) => (name: string) => at(`services/gateway/${file}.test.ts`, name);

const server = gateway("server");
const app = gateway("app");
const pipeline = gateway("telemetry/span-pipeline");
const propagator = gateway("telemetry/edge-propagator");
const sampling = gateway("telemetry/sample-first");
const register = gateway("telemetry/register");
const tracker = gateway("tracker/tracker");
const crash = gateway("tracker/crash");
const failures = gateway("proxy/failures");
const aborts = gateway("proxy/aborts");
const streams = gateway("proxy/streams");
const store = gateway("limits/store-faults");
const limits = gateway("limits/rate-limit");
const database = gateway("database/database");
const hostile = gateway("hostile-clients");
const auth = gateway("auth/authenticate");
const e2e = (name: string) => at("tests/e2e/gateway.test.ts", name);

/**
 * What can go wrong around a gateway, and who proves that it is handled. The numbers are for titles of tests ("fault 35: …"); they do
 * not change.
 */
export const faults = {
  1: {
    fault: "the collector refuses connections",
    tests: [pipeline("that refuses connections costs spans, not time: all are counted as failed and one line says so")],
  },
  2: {
    fault: "the collector swallows everything and never answers",
    tests: [
      pipeline("that swallows everything fills the queue to its bound: newer spans are dropped and counted"),
      server("a collector that swallows everything does not hold up the end"),
    ],
  },
  3: {
    fault: "the collector is overloaded and says when to come back",
    tests: [pipeline("that answers 503 with Retry-After is left alone until then")],
  },
  4: {
    fault: "the error tracker is down",
    tests: [
      tracker(
        "one that is down costs events and nothing else: errors are logged, one line complains, the process lives",
      ),
      tracker("one that never answers does not hold up requests, and a flush has an end"),
    ],
  },
  5: {
    fault: "the error tracker answers 429",
    tests: [
      tracker("of 500 equal errors all are counted and a few are sent; then 429 is obeyed without a word to clients"),
    ],
  },
  6: {
    fault: "there is no DSN",
    tests: [
      tracker("without a DSN, and without telemetry, everything works, errors are counted, and nobody is warned"),
    ],
  },
  7: {
    fault: "a module was loaded before its hook",
    tests: [
      register("a module that was loaded before its hook stops the start"),
      server("without the telemetry preload it refuses to start and says how"),
    ],
  },
  8: {
    fault: "two versions of the tracing API are in one process",
    tests: [register("a second version of the API stops the start")],
  },
  9: {
    fault: "traceparent is malformed, all zeros, upper case or a kilobyte long",
    tests: [
      propagator("a traceparent of %s is nobody's parent"),
      gateway("telemetry/telemetry")("a caller's traceparent is continued, and a broken one starts a new trace"),
      gateway("proxy/telemetry")("begins anew when the client's is none, and nothing of any length is passed on"),
    ],
  },
  10: {
    fault: "clients ask for their traces to be sampled",
    tests: [sampling("the caller's trace id is kept, the wish to be sampled is not")],
  },
  11: {
    fault: "baggage of 64 kB",
    tests: [propagator("baggage of %s is not passed on, not even a part of it")],
  },
  12: {
    fault: "more spans than the queue holds",
    tests: [pipeline("that swallows everything fills the queue to its bound: newer spans are dropped and counted")],
  },
  13: {
    fault: "something is thrown that is no Error",
    tests: [gateway("telemetry/with-span")("%s that is thrown is recorded once and thrown on as it is")],
  },
  14: {
    fault: "an error cannot be scrubbed",
    tests: [tracker("an error that cannot even be read is lost and counted, and the request is answered")],
  },
  15: {
    fault: "one error five hundred times",
    tests: [
      tracker("of 500 equal errors all are counted and a few are sent; then 429 is obeyed without a word to clients"),
      gateway("tracker/event-limit")("a loud error leaves room for a rare one, and the next minute begins anew"),
    ],
  },
  16: {
    fault: "a secret in a query, header, body, cookie or claim",
    tests: [
      gateway("tracker/leaks")("a secret in any disguise and any place of a request is in no sink"),
      gateway("telemetry/telemetry")("no secret of a request is in a span, a line or a metric"),
      gateway("telemetry/redacting-processor")(
        "no secret is exported with a span: not in its attributes, its exceptions or its status",
      ),
    ],
  },
  17: {
    fault: "an upstream refuses connections",
    tests: [
      failures("refused connections are a 502, logged with their cause"),
      e2e("one that is not there is told apart from a fault of ours, and its error is one story"),
    ],
  },
  18: {
    fault: "an upstream hangs",
    tests: [failures("an answer that does not come is a 504 when its time is over")],
  },
  19: {
    fault: "an upstream resets the connection before it answers",
    tests: [failures("%s with body %s that is reset before an answer is sent %i times")],
  },
  20: {
    fault: "an upstream resets the connection in the middle of its answer",
    tests: [failures("an answer %s that breaks off does not look whole")],
  },
  21: {
    fault: "an answer drips",
    tests: [failures("an answer that drips ends with its time, not with its last drop")],
  },
  22: {
    fault: "half of an upstream's answers are failures",
    tests: [failures("opens at half of the requests failing, probes once, and closes again")],
  },
  23: {
    fault: "an upstream's name does not resolve",
    tests: [failures("a name that does not resolve is a 502, and asked for once a second at most")],
  },
  24: {
    fault: "the client leaves",
    tests: [
      aborts("a client that leaves takes its request to the upstream along within a tenth of a second"),
      aborts("300 uploads that break off leave no connection behind"),
    ],
  },
  25: {
    fault: "an answer without end",
    tests: [
      streams("a gigabyte each way passes in constant memory"),
      streams("a client that reads slowly slows the upstream down instead of filling memory"),
    ],
  },
  26: {
    fault: "hop-by-hop headers, and headers that Connection names",
    tests: [
      gateway("proxy/request-headers")(
        "whatever a client sends, nothing of its connection and nobody else's word gets through",
      ),
    ],
  },
  27: {
    fault: "the cache is down at the start",
    tests: [store("is not there at the start: the limits begin without it and find it later")],
  },
  28: {
    fault: "the cache goes down",
    tests: [
      store("is lost and comes back: counted here meanwhile, shared again without a restart"),
      e2e("without the cache requests go on, each replica counting for itself, and the cache is found again"),
    ],
  },
  29: {
    fault: "the cache is two seconds late",
    tests: [store("answers two seconds late: decided within the limit all the same")],
  },
  30: {
    fault: "the cache becomes a replica by a failover",
    tests: [store("becomes a replica by a failover: the name is asked again and leads to the new primary")],
  },
  31: {
    fault: "the database is down",
    tests: [
      server("while the database is down requests get 503, and it recovers without a restart"),
      gateway("tracker/gateway")(
        "tells it of a lost database, under the route, with the trace that the client was told, and not of clients' faults",
      ),
    ],
  },
  32: {
    fault: "no connection of the pool is free",
    tests: [database("who finds no free connection in time is told so")],
  },
  33: {
    fault: "ten replicas count one client",
    tests: [
      limits("ten replicas share one count, exactly, and one of them reports the key"),
      e2e("both replicas count together: the eleventh run of a minute is refused, with the time to wait"),
    ],
  },
  34: {
    fault: "forged X-Forwarded-For, and a client with a network of addresses",
    tests: [
      limits("is not who it says it is: 300 forged addresses share the real one's count"),
      limits("has one count for the 300 addresses it takes from its /64"),
    ],
  },
  35: {
    fault: "slow, endless and oversized requests",
    tests: [
      hostile("fault 35: headers that come drop by drop end with 408"),
      hostile("fault 35: a megabyte of headers ends with 431 after the first sixteen kilobytes"),
      hostile("fault 35: bytes that are no HTTP end with 400"),
      hostile("fault 35: slow clients do not hold up others"),
      app("more than 1 MB"),
      app("JSON nested without end"),
      gateway("proxy/bodies")("a body that says it is too large is refused before the upstream hears of it"),
    ],
  },
  36: {
    fault: "tokens that are expired, unsigned or of an unknown key, and a provider that is down",
    tests: [
      auth("fault 36: a refused token leaves no user behind and no trace of itself"),
      auth("fault 36: keys that cannot be had are our fault and not the client's"),
      gateway("auth/jwks")(
        "fault 36: while the provider is down its last keys are used, one log line tells, and it comes back by itself",
      ),
    ],
  },
  37: {
    fault: "a page of another origin sends requests with the user's cookie",
    tests: [
      gateway("browser/csrf")("%s is refused"),
      gateway("tracker/security-events")("one event is told for each kind, key and window, and every one is counted"),
      gateway("guards")("a session's cookie changes nothing without its own CSRF token"),
    ],
  },
  38: {
    fault: "SIGTERM under load",
    tests: [
      server("a stop lets the request in flight finish, flushes its spans and takes no new connections"),
      server("fault 38: a second signal ends it at once"),
      e2e("a rollout loses no request and no event stream"),
    ],
  },
  39: {
    fault: "an exception or a rejection that nobody handles",
    tests: [
      crash("an %s nobody handled is captured, logged and flushed, and ends it with 1"),
      crash("a tracker and a collector that never answer do not hold up the end for more than two seconds"),
    ],
  },
  40: {
    fault: "the event loop stands still, the wall clock jumps",
    tests: [
      failures("an event loop that stood still does not open it"),
      gateway("proxy/breaker")("a wall clock that is set back by an hour does not keep it open"),
      gateway("proxy/loop-clock")("time in which the loop stood still does not run against a limit"),
    ],
  },
} as const satisfies Readonly<Record<number, Fault>>;
