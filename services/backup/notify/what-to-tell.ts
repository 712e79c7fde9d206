import type { ChannelName } from "./channel.ts";
import type { EventKind } from "./event.ts";
import type { Told } from "./last-told.ts";

/** How a run went, for people. */
export interface RunOutcome {
  /** `anomalous`: it went well, and somebody should look all the same. */
  readonly state: Told["state"];
  readonly text: string;
  readonly code?: string | undefined;
  readonly hint?: string | undefined;
  /** What is not well, in words that stay the same from run to run. */
  readonly about?: readonly string[] | undefined;
}

export interface Telling {
  readonly kind: Exclude<EventKind, "test">;
  readonly to: "all" | readonly string[];
}

export interface TellingRules {
  /** Runs that went well are told of too. */
  readonly success: boolean;
  /** Something that is still as bad as last time is told again after about so many hours; 0 is each time. */
  readonly againHours: number;
}

/** Where an incident may be open although nothing here remembers it: the store that remembers may have been what failed. */
const openIncidents = ["pagerduty"] as const satisfies ChannelName[];

/**
 * What to tell after a run, and whom, given what was told last; undefined for nothing. A failure is told at once, a recovery once,
 * what joins something that is known already at once, and what did not arrive last time is told to those it did not reach.
 */
export function whatToTell(
  { state, code, about = [] }: Pick<RunOutcome, "state" | "code" | "about">,
  last: Told | undefined,
  now: Date,
  { success, againHours }: TellingRules,
): Telling | undefined {
  if (state === "well") {
    if (last !== undefined && last.state !== "well") return { kind: "recovery", to: "all" };
    if (success) return { kind: "success", to: "all" };
    return { kind: "recovery", to: [...new Set([...openIncidents, ...(last?.undelivered ?? [])])] };
  }
  const kind = state === "anomalous" ? "anomaly" : code === "DRILL_RED" ? "red-drill" : "failure";
  if (last?.state !== state || isDue(last, now, againHours)) return { kind, to: "all" };
  if (about.some((one) => !last.about?.includes(one))) return { kind, to: "all" };
  return last.undelivered.length > 0 ? { kind, to: last.undelivered } : undefined;
}

/**
 * A nightly run that begins a second earlier than the night before is a day later all the same: an hour in 24 is not waited for. A
 * telling of the future was made by a clock that was wrong, and must not keep everybody silent until then.
 */
function isDue({ at }: Told, now: Date, againHours: number): boolean {
  const hours = (now.getTime() - Date.parse(at)) / 3_600_000;
  return hours >= againHours * (23 / 24) || hours < -1;
}
