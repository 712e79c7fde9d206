import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { jobs } from "../backups/jobs.ts";
import { runCheckIns } from "./run-check-ins.ts";

const address = (schedule: string) => pulumi.output(`https://sentry.example/api/1/cron/${schedule}/key/`);
const textOf = (output: pulumi.Output<string> | undefined) =>
  new Promise<string>((resolve) => (output ?? pulumi.output("none")).apply(resolve));

test("each run is told under the name of its CronJob, which is what the monitor sees, and never of the monitor itself", async () => {
  const output = runCheckIns({
    backup: address("backup"),
    drillPointInTime: address("drill-point-in-time"),
    monitor: address("monitor"),
  });
  expect(await pulumi.isSecret(output as pulumi.Output<string>)).toBe(true);
  const told = JSON.parse(await textOf(output));
  expect(told).toEqual({
    backup: "https://sentry.example/api/1/cron/backup/key/",
    "backup-drill-point-in-time": "https://sentry.example/api/1/cron/drill-point-in-time/key/",
  });
  for (const name of Object.keys(told)) expect(Object.keys(jobs)).toContain(name);
});

test("where nobody waits for a run there is nothing", () => {
  expect(runCheckIns({ monitor: address("monitor") })).toBeUndefined();
  expect(runCheckIns({})).toBeUndefined();
});
