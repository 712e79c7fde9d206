import { median } from "../promises.ts";
import type { Bar } from "./bars.ts";
import type { Arm } from "./child.ts";
import { block, steady } from "./load.ts";

export interface Arms {
  /** Without the preload. */
  readonly off: Arm;
  /** Traced, and no request sampled. */
  readonly unsampled: Arm;
  /** Every request sampled. */
  readonly sampled: Arm;
  /** One in ten. */
  readonly tenth: Arm;
}

export interface Effort {
  /** Pairs of blocks; each difference is the median over them. */
  readonly pairs: number;
  /** Requests of a block. */
  readonly requests: number;
  readonly report: (line: string) => void;
}

/** Processor time of the heavy route, milliseconds. */
export const heavyMs = 10;

/** The shortest there is, a page of one row: what tracing costs in milliseconds is seen best where there is little else. */
const path = "/api/projects?limit=1";
/** What people wait for, a page of a hundred rows. */
const page = "/api/projects?limit=100";
const atOnce = 4;

/** Processor time of a request, milliseconds: of the server's process alone, so that the load's own does not count. */
async function cost(arm: Arm, url: string, count: number): Promise<number> {
  const before = await arm.cpuMs();
  await block(arm.port, url, count, atOnce);
  return ((await arm.cpuMs()) - before) / count;
}

/**
 * Both arms in turn, block by block, in changing order, so that a slow moment of the machine meets both.
 * @returns for each pair what the second costs and what the first does, milliseconds a request
 */
async function pairs(first: Arm, second: Arm, url: string, { pairs: count, requests }: Effort) {
  const seen: { base: number; traced: number }[] = [];
  for (let at = 0; at < count; at++) {
    const order = at % 2 === 0 ? [first, second] : [second, first];
    const costs = new Map<Arm, number>();
    for (const arm of order) costs.set(arm, await cost(arm, url, requests));
    seen.push({ base: costs.get(first) as number, traced: costs.get(second) as number });
  }
  return seen;
}

export interface Overhead {
  readonly values: Record<Bar, number>;
  /** Of a request of one query without tracing, milliseconds of processor time. */
  readonly baseMs: number;
  /** More median latency of a page of a hundred rows, per cent: without a bar, since it takes a millisecond or two. */
  readonly pageLatency: number;
}

export async function measure(arms: Arms, effort: Effort): Promise<Overhead> {
  const { off, unsampled, sampled, tenth } = arms;
  const { report, requests } = effort;
  report("warming up");
  for (const arm of Object.values(arms) as Arm[]) {
    // Until the way out of the spans is compiled too: its first dozen batches cost up to ten times the later ones, and a batch is
    // 256 requests of two spans. A gateway that runs for days has that behind it.
    await block(arm.port, path, requests * 20, atOnce);
    await block(arm.port, "/heavy", 20, atOnce);
    await block(arm.port, page, requests, atOnce);
  }
  report("requests that are not sampled");
  const without = await pairs(off, unsampled, path, effort);
  report("requests that are sampled");
  const withSpans = await pairs(off, sampled, path, effort);
  report("a heavy route");
  const heavy = await pairs(off, tenth, "/heavy", { ...effort, requests: Math.ceil(requests / heavyMs) });
  report("latency at half load, of the heavy route and of a page");
  const latency = await latencies(off, tenth, "/heavy", { ...effort, requests: Math.ceil(requests / heavyMs) });
  const pages = await latencies(off, tenth, page, effort);
  const more = (seen: { base: number; traced: number }[]) => median(seen.map(({ base, traced }) => traced - base));
  const percent = (seen: { base: number; traced: number }[]) =>
    median(seen.map(({ base, traced }) => (traced / base - 1) * 100));
  return {
    pageLatency: percent(pages),
    baseMs: median([...without, ...withSpans].map(({ base }) => base)),
    values: {
      "tracing-unsampled": more(without),
      "tracing-sampled": more(withSpans),
      "tracing-heavy-route": percent(heavy),
      "tracing-latency": percent(latency),
    },
  };
}

/** Median latency of each arm at half of what the arm without tracing can do, in turn. */
async function latencies(off: Arm, tenth: Arm, url: string, { pairs: count, requests, report }: Effort) {
  const begun = performance.now();
  await block(off.port, url, requests * 4, 8);
  const perSecond = (requests * 4 * 1000) / (performance.now() - begun) / 2;
  const seen: { base: number; traced: number }[] = [];
  for (let at = 0; at < count; at++) {
    const order = at % 2 === 0 ? [off, tenth] : [tenth, off];
    const medians = new Map<Arm, number>();
    for (const arm of order) medians.set(arm, median(await steady(arm.port, url, perSecond, 2)));
    seen.push({ base: medians.get(off) as number, traced: medians.get(tenth) as number });
  }
  const half = median(seen.map(({ base }) => base));
  report(
    `${url}: half load is ${perSecond.toFixed(0)} requests a second; median latency without tracing ${half.toFixed(2)} ms`,
  );
  return seen;
}
