/** How often the clock looks whether the event loop runs. */
const beatMs = 50;

/** Later than this a beat is no jitter: the loop stood still. */
const toleranceMs = 50;

/** A process that is slow all the time would otherwise stretch every limit without end. */
const maxExtensionMs = 10_000;

/**
 * Time in which this process could work. While the event loop is blocked, or the process not scheduled, answers that arrived lie
 * unread: a limit that went on counting would blame the upstream for it. Monotonic, so that steps of the wall clock do not count.
 */
export class LoopClock {
  readonly #monotonic: () => number;
  #stoodStillMs = 0;
  #lastLook = 0;
  #waiting = 0;
  #beat: NodeJS.Timeout | undefined;

  constructor(monotonic: () => number = () => performance.now()) {
    this.#monotonic = monotonic;
  }

  /** Milliseconds; only differences mean something, and only while something waits. */
  now(): number {
    const now = this.#monotonic();
    if (this.#beat) {
      const late = now - this.#lastLook - beatMs;
      if (late > toleranceMs) this.#stoodStillMs += late;
    }
    this.#lastLook = now;
    return now - this.#stoodStillMs;
  }

  /** Acts once, after `ms` of working time, and not before what arrived in the meantime was read. @returns how to call it off */
  after(ms: number, act: () => void): () => void {
    this.#hold();
    const due = this.now() + ms;
    const latest = this.#monotonic() + ms + maxExtensionMs;
    let timer: NodeJS.Timeout | undefined;
    let turn: NodeJS.Immediate | undefined;
    let over = false;
    const end = () => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      clearImmediate(turn);
      this.#release();
    };
    const arm = () => {
      timer = setTimeout(check, Math.max(1, due - this.now()));
    };
    const check = () => {
      if (this.now() < due && this.#monotonic() < latest) return arm();
      // Timers come before sockets in a turn of the loop; an answer that is already here counts.
      turn = setImmediate(() => {
        if (over) return;
        end();
        act();
      });
    };
    arm();
    return end;
  }

  #hold(): void {
    this.#waiting += 1;
    if (this.#beat) return;
    this.#lastLook = this.#monotonic();
    this.#beat = setInterval(() => this.now(), beatMs);
    this.#beat.unref();
  }

  #release(): void {
    this.#waiting -= 1;
    if (this.#waiting > 0) return;
    clearInterval(this.#beat);
    this.#beat = undefined;
  }
}
