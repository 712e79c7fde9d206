import type { Severity } from "./alert.ts";
import { inhibitRules } from "./inhibitions.ts";
import { type ReceiverName, type Receivers, receiverFiles, receiversFolder, told } from "./receivers.ts";

/** Who hears what: those of `first` that the stack has, or else those of `otherwise`. The log hears everything. */
export const audience = {
  // Mail wakes nobody, but is better than nothing.
  page: { first: ["pagerduty", "slack"], otherwise: ["email"], again: "1h" },
  // Never PagerDuty: a ticket that wakes somebody teaches them to sleep through pages.
  ticket: { first: ["slack", "email"], otherwise: [], again: "24h" },
} as const satisfies Partial<
  Record<
    Severity,
    {
      readonly first: readonly ReceiverName[];
      readonly otherwise: readonly ReceiverName[];
      /** Pause before an alert that lasts is told again. */
      readonly again: string;
    }
  >
>;

export interface AlertmanagerConfigArgs {
  /** Where the alert log takes alerts, with a slash at the end. */
  readonly logUrl: string;
  /** Further receivers. @default none: every alert goes to the log, where people read it */
  readonly receivers?: Receivers;
  /** Folder with the receivers' secrets. @default that of the pod */
  readonly folder?: string;
}

/** Alertmanager's routes: by severity to those who are there, and the watchdog to whoever waits for it. */
export function alertmanagerConfig({
  logUrl,
  receivers = {},
  folder = receiversFolder,
}: AlertmanagerConfigArgs): Record<string, unknown> {
  const severities = (Object.keys(audience) as (keyof typeof audience)[]).filter(
    (severity) => listeners(severity, receivers).length > 0,
  );
  const log = { name: "log", webhook_configs: [{ url: logUrl, send_resolved: true }] };
  const heartbeat = [{ url: `${logUrl}watchdog`, send_resolved: false }, ...deadman(receivers, folder)];
  return {
    route: {
      receiver: "log",
      group_by: ["alertname", "environment"],
      // Alerts of one cause arrive together.
      group_wait: "30s",
      group_interval: "5m",
      repeat_interval: "4h",
      routes: [
        {
          matchers: ['alertname = "Watchdog"'],
          receiver: "watchdog",
          group_wait: "0s",
          group_interval: "1m",
          repeat_interval: "1m",
        },
        // What is told to people is written down as well.
        ...(severities.length > 0 ? [{ receiver: "log", continue: true }] : []),
        ...severities.map((severity) => ({
          matchers: [`severity = "${severity}"`],
          receiver: severity,
          repeat_interval: audience[severity].again,
        })),
      ],
    },
    inhibit_rules: inhibitRules(),
    receivers: [
      log,
      { name: "watchdog", webhook_configs: heartbeat },
      ...severities.map((severity) => receiver(severity, receivers, folder)),
    ],
  };
}

/** Of those who should hear a severity, those that the stack has. */
export function listeners(severity: keyof typeof audience, receivers: Receivers): readonly ReceiverName[] {
  const { first, otherwise } = audience[severity];
  const there = (names: readonly ReceiverName[]) => names.filter((name) => receivers[name] !== undefined);
  return there(first).length > 0 ? there(first) : there(otherwise);
}

function receiver(name: keyof typeof audience, receivers: Receivers, folder: string): Record<string, unknown> {
  return Object.assign({ name }, ...listeners(name, receivers).map((one) => settings(one, receivers, folder)));
}

function settings(name: ReceiverName, receivers: Receivers, folder: string): Record<string, unknown> {
  const file = `${folder}/${receiverFiles[name]}`;
  const { slack, pagerduty, email } = receivers;
  if (name === "slack" && slack) return told.slack(slack, file);
  if (name === "pagerduty" && pagerduty) return told.pagerduty(pagerduty, file);
  if (name === "email" && email) return told.email(email, file);
  return {};
}

const deadman = ({ deadman: waits }: Receivers, folder: string) =>
  waits ? told.deadman(waits, `${folder}/${receiverFiles.deadman}`).webhook_configs : [];
