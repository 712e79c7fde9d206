import { Cron } from "croner";

/** A schedule as CronJobs have it: five fields, and the zone of their clock. */
export interface CronSchedule {
  readonly fields: string;
  readonly timeZone: string;
}

/** "10/20" is allowed, as in Kubernetes; with a date and a weekday either is enough. */
const cron = ({ fields, timeZone: timezone }: CronSchedule): Cron =>
  new Cron(fields, { timezone, mode: "5-part", paused: true, sloppyRanges: true, domAndDow: false });

/** In words why it is no schedule; undefined for one. */
export function cronProblem(schedule: CronSchedule): string | undefined {
  try {
    cron(schedule).nextRun();
    return undefined;
  } catch (error) {
    // The first sentence, without the name of the class that says it.
    return (error as Error).message.replace(/^Cron\w+: /, "").split(". ")[0];
  }
}

/**
 * The last moment not after `until` at which the schedule fires; undefined when there is none. Of an hour that comes twice, when
 * clocks are put back, the first; in the hour that is left out it does not fire, where the library takes the next one.
 */
export function lastSlot(schedule: CronSchedule, until: Date): Date | undefined {
  const fires = cron(schedule);
  const included = new Date(until.getTime() + 1000);
  return fires.previousRuns(2, included).find((run) => fires.match(run));
}
