import type { RequestHandler } from "express";
import { type ErrorTracker, noTracker, type SecurityEventKind, type Subsystem } from "./contracts.ts";
import { trackerCounts } from "./counts.ts";

/** A security event as the tracker shows it. */
export interface SecurityEvent {
  readonly kind: SecurityEventKind;
  readonly subsystem: Subsystem;
  /** Who it was; hashed before it leaves. */
  readonly key: string;
  readonly details: Readonly<Record<string, string>>;
}

/** The tracker of this process, which the preload starts. */
export interface RunningTracker extends ErrorTracker {
  /** False without a DSN: errors are counted and go nowhere. */
  readonly isConnected: boolean;
  /** First in the chain: keeps users and breadcrumbs of one request out of the events of another. */
  readonly isolate: RequestHandler;
  /** @returns the event's id; undefined when nothing was sent */
  tell(event: SecurityEvent): string | undefined;
}

/** Without a DSN: nothing is sent, and the metric still counts. */
export function unconnectedTracker(): RunningTracker {
  const seen = new WeakSet<object>();
  return {
    ...noTracker,
    isConnected: false,
    isolate: (_request, _response, next) => next(),
    capture(error) {
      if (typeof error === "object" && error !== null) {
        if (seen.has(error)) return undefined;
        seen.add(error);
      }
      trackerCounts.unconnected += 1;
      return undefined;
    },
    tell: () => undefined,
  };
}
