import type { Decide } from "./sample-first.ts";

/** The running SDK as the server sees it. */
export interface Telemetry {
  /** Which requests are traced: for the listener, before anything else looks at them. */
  readonly decide: Decide;
  /** Sends what waits. */
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
