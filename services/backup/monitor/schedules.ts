import type { KubernetesApi } from "../kubernetes/in-cluster.ts";
import type { Known } from "./facts.ts";
import { type Finding, fail, ok, unknown } from "./verdict.ts";

/** A CronJob that must run by the clock. */
export interface Schedule {
  readonly name: string;
  /** Missing altogether, when undefined. */
  readonly suspended: boolean | undefined;
  /** When its newest run was due; undefined before the first. */
  readonly lastScheduled?: Date;
  /** When a run of it last went well. */
  readonly lastSucceeded?: Date;
  /** Runs that have not ended. */
  readonly active?: number;
}

interface CronJob {
  readonly spec?: { readonly suspend?: boolean };
  readonly status?: {
    readonly lastScheduleTime?: string;
    readonly lastSuccessfulTime?: string;
    readonly active?: readonly unknown[];
  };
}

/** Asks for each CronJob by its name: the right to list them all is not needed. @throws Error when the API does not answer or refuses. */
export async function readSchedules(api: KubernetesApi, names: readonly string[]): Promise<Schedule[]> {
  return await Promise.all(
    names.map(async (name) => {
      const path = `/apis/batch/v1/namespaces/${api.namespace}/cronjobs/${encodeURIComponent(name)}`;
      try {
        const { spec, status = {} } = (await api.ask("GET", path)) as CronJob;
        const { lastScheduleTime, lastSuccessfulTime, active } = status;
        return {
          name,
          suspended: spec?.suspend === true,
          ...(lastScheduleTime === undefined ? {} : { lastScheduled: new Date(lastScheduleTime) }),
          ...(lastSuccessfulTime === undefined ? {} : { lastSucceeded: new Date(lastSuccessfulTime) }),
          ...(active === undefined ? {} : { active: active.length }),
        };
      } catch (error) {
        if ((error as { status?: number }).status === 404) return { name, suspended: undefined };
        throw error;
      }
    }),
  );
}

/** Part of check 2: a schedule that somebody has suspended is said long before its first missed run shows. */
export function judgeSchedules(schedules: Known<readonly Schedule[]> | undefined): Finding[] {
  if (schedules === undefined) return [];
  if ("problem" in schedules) return [unknown(`the schedules cannot be read: ${schedules.problem}`)];
  const findings = schedules.value.flatMap(({ name, suspended }): Finding[] => {
    if (suspended === undefined) return [fail(`schedule ${name} does not exist`)];
    return suspended ? [fail(`schedule ${name} is suspended`)] : [];
  });
  return findings.length > 0 ? findings : [ok(`every schedule is active (${schedules.value.length})`)];
}
