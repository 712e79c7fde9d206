import { GoliveError } from "@golive/errors/golive-error.ts";
import { readMonitorConfig } from "../config/monitor.ts";
import type { World } from "../verbs/verb.ts";
import { type HealthReport, judge } from "./checks.ts";
import type { Facts } from "./facts.ts";
import { gather, type LookOptions } from "./gather.ts";
import { openMonitorWorld } from "./open-world.ts";

export interface Look {
  readonly facts: Facts;
  readonly report: HealthReport;
  readonly seconds: number;
}

/** One look at everything, within its time. @throws CONFIG_INVALID, and UNHEALTHY when it did not end in time */
export async function look(world: World, options: LookOptions): Promise<Look> {
  const { timeoutSeconds } = readMonitorConfig(world.env);
  const begun = performance.now();
  const limit = AbortSignal.timeout(timeoutSeconds * 1000);
  const opened = openMonitorWorld(world, AbortSignal.any([world.signal, limit]));
  const { limits } = opened.config;
  try {
    const facts = await gather(opened, { ...options, sample: options.sample && limits.sampleBytes > 0 });
    return { facts, report: judge(facts, limits), seconds: (performance.now() - begun) / 1000 };
  } catch (error) {
    if (!limit.aborted || world.signal.aborted) throw error;
    throw new GoliveError(
      "UNHEALTHY",
      `the checks did not end within ${timeoutSeconds} s`,
      "See whether the store answers, or raise BACKUP_MONITOR_TIMEOUT_SECONDS.",
      { cause: error },
    );
  }
}
