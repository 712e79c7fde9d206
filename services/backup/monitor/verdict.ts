/** Worst last. A warning that was seen outranks what could not be seen. */
export const states = ["ok", "unknown", "warn", "fail"] as const;
export type State = (typeof states)[number];

/** Exit statuses of monitoring plugins (Nagios, Icinga, Sensu). */
export const statusOf = { ok: 0, warn: 1, fail: 2, unknown: 3 } as const satisfies Record<State, number>;

/** One thing that a check saw. */
export interface Finding {
  readonly state: State;
  /** A clause in lower case, with the value. */
  readonly message: string;
  /** Number behind the message, in the check's unit, and what it is compared with. */
  readonly value?: number | undefined;
  readonly limit?: number | undefined;
}

export const ok = (message: string, value?: number, limit?: number): Finding => ({
  state: "ok",
  message,
  value,
  limit,
});
export const warn = (message: string, value?: number, limit?: number): Finding => ({
  state: "warn",
  message,
  value,
  limit,
});
export const fail = (message: string, value?: number, limit?: number): Finding => ({
  state: "fail",
  message,
  value,
  limit,
});
export const unknown = (message: string): Finding => ({ state: "unknown", message });

export const worst = (given: readonly State[]): State =>
  given.reduce((a, b) => (states.indexOf(b) > states.indexOf(a) ? b : a), "ok");
