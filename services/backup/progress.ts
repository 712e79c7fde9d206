import { bytesText } from "./format.ts";

export type Report = (line: string) => void;

/** Counts bytes and says every few seconds how many and how fast; silent again when disposed of. */
export class ByteProgress implements Disposable {
  bytes = 0;
  readonly #timer: NodeJS.Timeout;

  /** `everyMs` @default 5 s: often enough for people, 720 lines an hour in a log. */
  constructor(report: Report, what: string, everyMs = 5_000) {
    const begun = performance.now();
    let last = { at: begun, bytes: 0 };
    this.#timer = setInterval(() => {
      const now = { at: performance.now(), bytes: this.bytes };
      const rate = ((now.bytes - last.bytes) / (now.at - last.at)) * 1000;
      const seconds = Math.round((now.at - begun) / 1000);
      report(`${what}: ${bytesText(now.bytes)} after ${seconds} s, ${bytesText(Math.round(rate))}/s`);
      last = now;
    }, everyMs);
    this.#timer.unref();
  }

  add(bytes: number): void {
    this.bytes += bytes;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
