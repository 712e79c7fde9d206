import { number, object, optional, required, string } from "../shape.ts";
import { dataSource } from "../wire/monitor-body.ts";
import { record } from "../wire/read.ts";
import { monitor } from "./monitor.ts";

export const cronMonitor = monitor({
  token: "sentry:index/cronMonitor:CronMonitor",
  type: "monitor_check_in_failure",
  inputs: {
    checkinMarginMinutes: required(number),
    failureIssueThreshold: required(number),
    maxRuntimeMinutes: required(number),
    recoveryThreshold: required(number),
    schedule: required(
      object({ crontab: optional(string), intervalUnit: optional(string), intervalValue: optional(number) }),
    ),
    timezone: optional(string),
  },
  defaults: { timezone: "UTC" },
  none: [],
  toWire(inputs) {
    const { crontab, intervalUnit = null, intervalValue = null } = record(inputs["schedule"], "schedule");
    const schedule =
      crontab === undefined
        ? { schedule_type: "interval", schedule: [intervalValue, intervalUnit] }
        : { schedule_type: "crontab", schedule: crontab };
    return {
      dataSources: [
        {
          name: inputs["name"] ?? null,
          config: {
            ...schedule,
            checkin_margin: inputs["checkinMarginMinutes"] ?? null,
            failure_issue_threshold: inputs["failureIssueThreshold"] ?? null,
            max_runtime: inputs["maxRuntimeMinutes"] ?? null,
            recovery_threshold: inputs["recoveryThreshold"] ?? null,
            timezone: inputs["timezone"] ?? null,
          },
        },
      ],
    };
  },
  fromWire(found) {
    const config = record(dataSource(found)["config"], "config of a cron monitor");
    const { schedule } = config;
    return {
      checkinMarginMinutes: config["checkin_margin"],
      failureIssueThreshold: config["failure_issue_threshold"],
      maxRuntimeMinutes: config["max_runtime"],
      recoveryThreshold: config["recovery_threshold"],
      timezone: config["timezone"],
      schedule: Array.isArray(schedule)
        ? { intervalValue: schedule[0] ?? null, intervalUnit: schedule[1] ?? null }
        : { crontab: schedule ?? null },
    };
  },
});
