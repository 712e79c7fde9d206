interface Facts {
  readonly limit: number;
  readonly unit: "ms" | "%";
  /** What is compared with what, for the README. */
  readonly about: string;
}

/** What tracing may cost, against the same gateway without it in the same run. Held against bench/README.md by a test. */
export const bars = {
  "tracing-unsampled": {
    limit: 0.12,
    unit: "ms",
    about: "processor time that a request of one query costs more when it is traced and not sampled",
  },
  "tracing-sampled": {
    limit: 0.3,
    unit: "ms",
    about: "the same for a request whose spans are exported",
  },
  "tracing-heavy-route": {
    limit: 3,
    unit: "%",
    about: "more processor time on a route of 10 ms, one request in ten sampled",
  },
  "tracing-latency": {
    limit: 3,
    unit: "%",
    about: "more median latency of that route at half load, one request in ten sampled",
  },
} as const satisfies Record<string, Facts>;

export type Bar = keyof typeof bars;

export interface Verdict {
  readonly bar: Bar;
  readonly value: number;
  readonly kept: boolean;
}

export function judge(values: Readonly<Record<Bar, number>>): Verdict[] {
  return (Object.keys(bars) as Bar[]).map((bar) => ({ bar, value: values[bar], kept: values[bar] <= bars[bar].limit }));
}

/** As in "≤ 0.12 ms". */
export const barText = (bar: Bar): string => `≤ ${bars[bar].limit} ${bars[bar].unit}`;
