import type { Principal } from "../auth/principal.ts";

/** Parts of the platform that an alert rule can ask for: every error belongs to one. */
export const subsystems = ["gateway", "database", "cache", "upstream", "auth", "pipeline"] as const;
export type Subsystem = (typeof subsystems)[number];

/** What somebody who attacks or probes makes happen. */
export const securityEventKinds = [
  "authentication-failure",
  "forbidden",
  "csrf-refused",
  "rate-limit-exceeded",
] as const;
export type SecurityEventKind = (typeof securityEventKinds)[number];

export interface CaptureFacts {
  readonly subsystem?: Subsystem;
  /** As in "GET /api/projects/:id". */
  readonly transaction?: string;
}

/** Where errors go that somebody has to look at. Nothing of it throws, and nothing of it is waited for. */
export interface ErrorTracker {
  /** Each error object is captured once, however often it passes. @returns the event's id; undefined when nothing was sent */
  capture(error: unknown, facts?: CaptureFacts): string | undefined;
  /** Who the request of the moment belongs to: id and roles, and nothing else of the person. */
  setUser(principal: Principal): void;
  /** What happened before an error, in the request of the moment. */
  breadcrumb(category: string, message: string, data?: Readonly<Record<string, string | number | boolean>>): void;
  /** Sends what waits. @param limitMs given up after this long */
  close(limitMs: number): Promise<void>;
}

/** Security events, counted each time and told once for each kind, key and window. */
export interface SecurityEvents {
  /** @param key who it was: a principal's id or an address; it leaves the process only as a hash */
  report(kind: SecurityEventKind, key: string, details?: Readonly<Record<string, string>>): void;
}

/** For a platform without an error tracker. */
export const noTracker: ErrorTracker = {
  capture: () => undefined,
  setUser: () => undefined,
  breadcrumb: () => undefined,
  close: () => Promise.resolve(),
};
