import { createHmac } from "node:crypto";
import { trace } from "@opentelemetry/api";
import * as Sentry from "@sentry/node";
import type { Logger } from "pino";
import { type Principal, roles } from "../auth/principal.ts";
import { isSampled, traceIds } from "../telemetry/trace-ids.ts";
import type { CaptureFacts } from "./contracts.ts";
import { trackerCounts } from "./counts.ts";
import { EventLimit } from "./event-limit.ts";
import { watchOutgoing } from "./outgoing-breadcrumbs.ts";
import { currentRequest, isolateRequest, requestFacts, transactionOf } from "./request-scope.ts";
import type { RunningTracker, SecurityEvent } from "./running-tracker.ts";
import { maxBreadcrumbs, sentryOptions } from "./sentry-options.ts";
import type { TrackerSettings } from "./start-tracker.ts";
import { subsystemOf } from "./subsystem.ts";
import { thrownError } from "./thrown-error.ts";

export class SentryTracker implements RunningTracker {
  readonly isConnected = true;
  readonly isolate = isolateRequest;
  readonly #log: Logger;
  readonly #limit: EventLimit;
  readonly #dsn: string;
  readonly #traceUiUrl: string | undefined;
  /** Ids of errors that were captured; undefined for one that was held back. */
  readonly #captured = new WeakMap<object, string | undefined>();

  constructor(dsn: string, settings: TrackerSettings, log: Logger) {
    this.#log = log;
    this.#limit = new EventLimit(settings.eventsPerMinute);
    this.#dsn = dsn;
    this.#traceUiUrl = settings.traceUiUrl;
    Sentry.init(sentryOptions(dsn, settings, log));
    watchOutgoing((scope, message, data) => {
      scope.addBreadcrumb(
        { category: "http", type: "http", message, data, timestamp: Date.now() / 1000 },
        maxBreadcrumbs,
      );
    });
  }

  capture(error: unknown, facts: CaptureFacts = {}): string | undefined {
    return this.#safely(() => {
      if (typeof error === "object" && error !== null) {
        if (this.#captured.has(error)) return this.#captured.get(error);
        this.#captured.set(error, undefined);
      }
      const request = currentRequest();
      const transaction = facts.transaction ?? (request && transactionOf(request));
      const subsystem = facts.subsystem ?? subsystemOf(error, transaction);
      const shown = thrownError(error);
      if (!this.#allows(`${subsystem} ${groupOf(shown)}`)) return undefined;
      const id = this.#send({ subsystem }, transaction, () => Sentry.captureException(shown));
      if (typeof error === "object" && error !== null) this.#captured.set(error, id);
      trace.getActiveSpan()?.setAttribute("sentry.event_id", id);
      return id;
    });
  }

  tell({ kind, subsystem, key, details }: SecurityEvent): string | undefined {
    return this.#safely(() => {
      if (!this.#allows(`security ${kind}`)) return undefined;
      const request = currentRequest();
      return this.#send({ subsystem, security_event: kind }, request && transactionOf(request), () =>
        Sentry.captureEvent({
          message: `security event: ${kind}`,
          level: "warning",
          fingerprint: ["security-event", kind],
          contexts: { security: { ...details, who: this.#hashed(key) } },
        }),
      );
    });
  }

  setUser({ id, roles: held }: Principal): void {
    // The highest: each role may do what the ones before it may.
    const role = roles.findLast((one) => held.includes(one));
    Sentry.setUser({ id, ...(role && { role }) });
  }

  breadcrumb(category: string, message: string, data?: Readonly<Record<string, string | number | boolean>>): void {
    Sentry.addBreadcrumb({ category, message, ...(data && { data: { ...data } }) });
  }

  async close(limitMs: number): Promise<void> {
    const timer = Promise.withResolvers<void>();
    const late = setTimeout(timer.resolve, limitMs);
    await Promise.race([Sentry.close(limitMs), timer.promise]).catch(() => undefined);
    clearTimeout(late);
  }

  #allows(group: string): boolean {
    const allowed = this.#limit.allows(group);
    if (!allowed) trackerCounts.limited += 1;
    return allowed;
  }

  /** With the trace of the moment, also of a request that is not sampled, for which there is no span. */
  #send(tags: Record<string, string>, transaction: string | undefined, capture: () => string): string {
    const ids = traceIds();
    const request = currentRequest();
    return Sentry.withScope((scope) => {
      scope.setTags({ ...tags, "otel.sampled": ids ? String(isSampled(ids)) : "none" });
      if (ids) {
        scope.setPropagationContext({ traceId: ids.trace_id, propagationSpanId: ids.span_id, sampleRand: 0 });
        scope.setContext("trace", { trace_id: ids.trace_id, span_id: ids.span_id });
        // An unsampled trace is nowhere to be found.
        if (this.#traceUiUrl !== undefined && isSampled(ids)) {
          scope.setContext("links", { trace: `${this.#traceUiUrl}/trace/${ids.trace_id}` });
        }
      }
      scope.addEventProcessor((event) => {
        if (transaction !== undefined) event.transaction = transaction;
        if (request) event.request = requestFacts(request);
        return event;
      });
      return capture();
    });
  }

  /** The same for all replicas, and of no use to whoever can try all addresses but does not know the DSN. */
  #hashed(key: string): string {
    return createHmac("sha256", this.#dsn).update(key).digest("hex").slice(0, 16);
  }

  /** What goes wrong with an error's report is another error's loss, never a request's. */
  #safely(act: () => string | undefined): string | undefined {
    try {
      return act();
    } catch (fault) {
      trackerCounts.dropped += 1;
      this.#log.warn({ err: fault }, "an error could not be reported");
      return undefined;
    }
  }
}

/** Equal errors come from the same place; their messages may hold ids. */
function groupOf(error: Error): string {
  const place = error.stack?.split("\n").find((line) => line.startsWith("    at "));
  return `${error.name} ${"code" in error ? String(error.code) : ""} ${place ?? ""}`;
}
