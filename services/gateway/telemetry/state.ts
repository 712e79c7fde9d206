/** The running SDK as the server sees it: something to flush at the end. */
export interface Telemetry {
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
