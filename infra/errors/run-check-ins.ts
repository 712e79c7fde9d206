import * as pulumi from "@pulumi/pulumi";
import { type BackupJob, type BackupJobName, jobs, type ScheduleName } from "../backups/jobs.ts";

/**
 * Where runs are told, by the name of their CronJob, as the backup monitor's server reads it. Of the monitor itself nothing: it
 * checks in by its own look.
 * @returns undefined when nobody waits for a run
 */
export function runCheckIns(
  addresses: Partial<Readonly<Record<ScheduleName, pulumi.Output<string>>>>,
): pulumi.Output<string> | undefined {
  const named = (Object.entries(jobs) as [BackupJobName, BackupJob][]).flatMap(([name, { schedule }]) => {
    const address = schedule === undefined || schedule === "monitor" ? undefined : addresses[schedule];
    return address === undefined ? [] : [[name, address] as const];
  });
  if (named.length === 0) return undefined;
  return pulumi.secret(pulumi.all(Object.fromEntries(named)).apply((all) => JSON.stringify(all)));
}
