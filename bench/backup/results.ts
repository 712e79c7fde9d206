import { median } from "../promises.ts";
import type { Arm, ArmName } from "./arms.ts";
import { type Bar, bars, isKept } from "./bars.ts";
import type { Timed } from "./timed.ts";

/** One arm over all rounds. */
export interface Row {
  readonly name: string;
  readonly kind: Arm["kind"];
  /** Median, least and most, in seconds. */
  readonly seconds: number;
  readonly fastest: number;
  readonly slowest: number;
  /** Median of user and system time, seconds; of the arm's own processes, not the server's. */
  readonly cpu: number;
  /** Most of any round, MB. */
  readonly rss: number;
  /** Of what it made. */
  readonly megabytes: number | null;
}

/** What was seen of one arm, round by round. */
export interface Seen {
  readonly name: ArmName;
  readonly kind: Arm["kind"];
  readonly times: readonly Timed[];
  readonly bytes: number | undefined;
}

export interface Part {
  /** Of the database, as the server counts it. */
  readonly bytes: number;
  readonly seen: readonly Seen[];
}

export interface Verdict {
  readonly bar: Bar;
  /** Null when what it compares was not run. */
  readonly value: number | null;
  readonly kept: boolean;
}

export function rowOf({ name, kind, times, bytes }: Seen): Row {
  const seconds = times.map((one) => one.seconds);
  return {
    name,
    kind,
    seconds: median(seconds),
    fastest: Math.min(...seconds),
    slowest: Math.max(...seconds),
    cpu: median(times.map(({ cpu }) => cpu)),
    rss: Math.max(...times.map(({ rss }) => rss)),
    megabytes: bytes === undefined ? null : Math.round(bytes / 1e6),
  };
}

/** Every bar against what was seen. One that could not be measured is not kept, unless it is of the large data, which may be left out. */
export function judge(usual: Part, large: Part | null): Verdict[] {
  return (Object.keys(bars) as Bar[]).map((bar) => {
    const { of } = bars[bar];
    const value =
      "over" in of ? ratio(usual, of.time, of.over) : memory(of.data === "large" ? large : usual, of.memory);
    const left = value === undefined && "memory" in of && of.data === "large" && large === null;
    return { bar, value: value ?? null, kept: left || (value !== undefined && isKept(bar, value)) };
  });
}

/** Median of the ratios of each round: both sides of a ratio ran within a minute of each other. */
function ratio({ seen }: Part, time: ArmName, over: ArmName): number | undefined {
  const [above, below] = [time, over].map((name) => seen.find((one) => one.name === name)?.times ?? []);
  const ratios = (above ?? []).flatMap(({ seconds }, round) => {
    const other = below?.[round]?.seconds;
    return other === undefined ? [] : [seconds / other];
  });
  return ratios.length === 0 ? undefined : median(ratios);
}

function memory(part: Part | null, names: readonly ArmName[]): number | undefined {
  const times = names.map((name) => part?.seen.find((one) => one.name === name)?.times ?? []);
  if (times.some((ofArm) => ofArm.length === 0)) return undefined;
  return Math.max(...times.flat().map(({ rss }) => rss));
}
