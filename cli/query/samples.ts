import { z } from "zod";
import { oneLine } from "../core/one-line.ts";
import { table } from "../core/table.ts";

const point = z.tuple([z.number(), z.string()]);
const labels = z.record(z.string(), z.string());

/** What Prometheus answers to an instant query. */
const answer = z.discriminatedUnion("resultType", [
  z.object({ resultType: z.literal("vector"), result: z.array(z.object({ metric: labels, value: point })) }),
  z.object({ resultType: z.literal("matrix"), result: z.array(z.object({ metric: labels, values: z.array(point) })) }),
  z.object({ resultType: z.literal("scalar"), result: point }),
  z.object({ resultType: z.literal("string"), result: point }),
]);
export type PromAnswer = z.output<typeof answer>;

const envelope = z.object({ data: answer.optional(), error: z.string().optional() });

export function readAnswer(body: unknown): { data?: PromAnswer | undefined; error?: string | undefined } {
  const parsed = envelope.safeParse(body);
  return parsed.success ? parsed.data : { error: "its answer is not one of Prometheus" };
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  /** As Prometheus writes numbers; of a range the newest. */
  readonly value: string;
  /** ISO 8601. */
  readonly at: string;
  /** Of a range: how many points. */
  readonly points?: number;
}

const iso = (seconds: number) => new Date(seconds * 1000).toISOString();

export function samplesOf(data: PromAnswer): Sample[] {
  if (data.resultType === "vector")
    return data.result.map(({ metric, value: [at, value] }) => ({ labels: metric, value, at: iso(at) }));
  if (data.resultType === "matrix")
    return data.result.flatMap(({ metric, values }) => {
      const [at, value] = values.at(-1) ?? [];
      if (at === undefined || value === undefined) return [];
      return [{ labels: metric, value, at: iso(at), points: values.length }];
    });
  const [at, value] = data.result;
  return [{ labels: {}, value, at: iso(at) }];
}

/** A column for each label that any series has, the name of the metric first, the value last. */
export function samplesText(samples: readonly Sample[]): string {
  if (samples.length === 0) return "no data";
  const names = [...new Set(samples.flatMap(({ labels: of }) => Object.keys(of)))].sort(nameFirst);
  const ranges = samples.some(({ points }) => points !== undefined);
  const head = [
    ...names.map((name) => (name === "__name__" ? "metric" : name)),
    "value",
    ...(ranges ? ["points"] : []),
  ];
  const rows = samples.map(({ labels: of, value, points }) => [
    ...names.map((name) => oneLine(of[name] ?? "")),
    value,
    ...(ranges ? [String(points ?? 1)] : []),
  ]);
  return table([head, ...rows]);
}

const nameFirst = (a: string, b: string) => {
  if (a === "__name__" || b === "__name__") return a === "__name__" ? -1 : 1;
  return a < b ? -1 : 1;
};
