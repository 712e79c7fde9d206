import http from "node:http";
import https from "node:https";
import { context, ROOT_CONTEXT } from "@opentelemetry/api";
import { suppressTracing } from "@opentelemetry/core";
import { makeNodeTransport, type NodeOptions } from "@sentry/node";
import type { Logger } from "pino";
import { type Outcome, trackerCounts } from "./counts.ts";

type MakeTransport = NonNullable<NodeOptions["transport"]>;
type Reason = Parameters<Parameters<MakeTransport>[0]["recordDroppedEvent"]>[0];

/** One delivery. Sentry's transport itself waits for ever, and a tracker that never answers would keep its few places taken. */
const deliveryMs = 10_000;
const quietMs = 60_000;

/** Why the transport itself gave an event up. */
const givenUp: Readonly<Partial<Record<Reason, Outcome>>> = {
  ratelimit_backoff: "refused",
  send_error: "refused",
  network_error: "failed",
  queue_overflow: "dropped",
};

/** Sentry's transport with an end to every delivery, without spans of its own, and with a count of what became of each event. */
export function countedTransport(log: Logger): MakeTransport {
  const complain = oncePerMinute((why: string) =>
    log.warn({ component: "error-tracker", why }, "errors do not reach the tracker; requests are not affected"),
  );
  return (options) => {
    const request: typeof http.request = new URL(options.url).protocol === "https:" ? https.request : http.request;
    const inner = makeNodeTransport({
      ...options,
      httpModule: {
        request: (target, onResponse) =>
          request(
            { ...(target as http.RequestOptions), signal: AbortSignal.timeout(deliveryMs) },
            onResponse as (answer: http.IncomingMessage) => void,
          ),
      },
      recordDroppedEvent(reason, category, count = 1) {
        if (category === "error") trackerCounts[givenUp[reason] ?? "failed"] += count;
        complain(reason);
        options.recordDroppedEvent(reason, category, count);
      },
    });
    return {
      send(envelope) {
        const sending = context.with(suppressTracing(ROOT_CONTEXT), () => inner.send(envelope));
        const holdsEvent = envelope[1].some(([header]) => header.type === "event");
        return sending.then((response) => {
          const { statusCode } = response;
          // Without a status it was given up, and 413 is recorded as such: both are counted above.
          if (statusCode === undefined || statusCode === 413) return response;
          const isTaken = statusCode >= 200 && statusCode < 300;
          if (!isTaken) complain(`status ${statusCode}`);
          if (holdsEvent) trackerCounts[isTaken ? "sent" : statusCode < 500 ? "refused" : "failed"] += 1;
          return response;
        });
      },
      flush: (limitMs) => inner.flush(limitMs),
    };
  };
}

function oncePerMinute(act: (why: string) => void): (why: string) => void {
  let silentUntil = 0;
  return (why) => {
    const now = performance.now();
    if (now < silentUntil) return;
    silentUntil = now + quietMs;
    act(why);
  };
}
