import type { RunningTracker } from "../tracker/running-tracker.ts";
import type { Decide } from "./sample-first.ts";

/** What the preload has started, as the server sees it. */
export interface Telemetry {
  /** False by OTEL_ENABLED: nothing is instrumented. */
  readonly enabled: boolean;
  /** Which requests are traced: for the listener, before anything else looks at them. */
  readonly decide: Decide;
  readonly tracker: RunningTracker;
  /** Sends the spans that wait. */
  shutdown(): Promise<void>;
}

let current: Telemetry | undefined;

export function setTelemetry(telemetry: Telemetry): void {
  if (current) throw new Error("telemetry is started twice in one process");
  current = telemetry;
}

/** Undefined when the preload is missing, which would mean silent loss of every trace. */
export function telemetry(): Telemetry | undefined {
  return current;
}
