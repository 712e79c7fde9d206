import type { DiagLogger } from "@opentelemetry/api";
import type { Logger } from "pino";

const quietMs = 60_000;
const remembered = 100;

/** OpenTelemetry's own complaints as log lines, the same one at most once a minute: a dead collector must not flood the log. */
export class DiagToLog implements DiagLogger {
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #last = new Map<string, number>();

  constructor(log: Logger, now: () => number = () => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  error(message: string): void {
    this.#write("error", message);
  }
  warn(message: string): void {
    this.#write("warn", message);
  }
  info(): void {}
  debug(): void {}
  verbose(): void {}

  #write(level: "error" | "warn", message: string): void {
    const now = this.#now();
    const last = this.#last.get(message);
    if (last !== undefined && now - last < quietMs) return;
    if (this.#last.size >= remembered) this.#last.clear();
    this.#last.set(message, now);
    this.#log[level]({ component: "opentelemetry" }, message);
  }
}
