import * as Sentry from "@sentry/node";
import type { Logger } from "pino";
import { trackerCounts } from "./counts.ts";
import { scrubEvent } from "./scrub-event.ts";
import type { TrackerSettings } from "./start-tracker.ts";
import { countedTransport } from "./transport.ts";

/** Of one event; the oldest go first. */
export const maxBreadcrumbs = 30;

/**
 * What Sentry is allowed to do. Its defaults are left out as a whole: they send bodies, cookies and addresses, take equal errors for
 * one, and call a process crashed after one answer of 500.
 */
const integrations = () => [
  // The ids of the active span go into the event.
  Sentry.openTelemetryIntegration(),
  // The chain of causes, and the errors of an AggregateError.
  Sentry.linkedErrorsIntegration({ limit: 5 }),
  // The source lines around each frame.
  Sentry.contextLinesIntegration({ frameContextLines: 4 }),
];

/** Tracing is OpenTelemetry's: no `tracesSampleRate`, no trace headers, no patched modules. */
export function sentryOptions(dsn: string, settings: TrackerSettings, log: Logger): Sentry.NodeOptions {
  const { identity, release } = settings;
  return {
    dsn,
    environment: identity.environment,
    release: release ?? `${identity.name}@${identity.version}`,
    defaultIntegrations: false,
    integrations: integrations(),
    enableRuntimeChannelInjection: false,
    // The other one adds an integration for spans that are not sent.
    traceLifecycle: "static",
    includeServerName: false,
    maxBreadcrumbs,
    maxValueLength: 2_000,
    normalizeDepth: 6,
    dataCollection: {
      userInfo: false,
      cookies: false,
      httpHeaders: { request: false, response: false },
      httpBodies: [],
      urlQueryParams: false,
      graphQL: { document: false, variables: false },
      genAI: { inputs: false, outputs: false },
      databaseQueryData: false,
      queues: false,
      stackFrameVariables: false,
    },
    transport: countedTransport(log),
    beforeSend(event) {
      try {
        return scrubEvent(event);
      } catch (fault) {
        // Not sent as it is: what could not be searched may hold anything.
        trackerCounts.dropped += 1;
        log.warn({ err: fault }, "an error could not be made ready for the tracker");
        return null;
      }
    },
  };
}
