const minuteMs = 60_000;
/** Groups that are remembered; the one that was silent for longest is forgotten first. */
const maxGroups = 500;

interface Window {
  until: number;
  count: number;
}

/** How many events leave in a minute: of all together, and of equal ones, so that a loud error leaves room for a rare one. */
export class EventLimit {
  readonly #perMinute: number;
  readonly #perGroup: number;
  readonly #now: () => number;
  readonly #groups = new Map<string, Window>();
  #all: Window = { until: 0, count: 0 };

  /** @param perMinute of all; equal ones have a sixth of it, at least one */
  constructor(perMinute: number, now: () => number = () => performance.now()) {
    this.#perMinute = perMinute;
    this.#perGroup = Math.max(1, Math.floor(perMinute / 6));
    this.#now = now;
  }

  allows(group: string): boolean {
    const now = this.#now();
    if (now >= this.#all.until) this.#all = { until: now + minuteMs, count: 0 };
    const known = this.#groups.get(group);
    const window = known && now < known.until ? known : { until: now + minuteMs, count: 0 };
    this.#groups.delete(group);
    this.#groups.set(group, window);
    if (this.#groups.size > maxGroups) this.#groups.delete(this.#groups.keys().next().value ?? "");
    if (this.#all.count >= this.#perMinute || window.count >= this.#perGroup) return false;
    this.#all.count += 1;
    window.count += 1;
    return true;
  }
}
