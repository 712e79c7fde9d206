import type { Output } from "@pulumi/pulumi";
import type { SecretKey } from "../config/schema.ts";

/**
 * Addresses and keys of those who are told, all secrets: who has one can write to the channel. `channel` is told of
 * failures and recoveries; a `watcher` waits for a sign of life and alarms by itself when none comes; a `run-watcher` for
 * one of each run, which the monitor's server gives.
 */
export const channelSecrets = {
  slackWebhookUrl: { file: "slack-webhook-url", variable: "BACKUP_SLACK_WEBHOOK_FILE", kind: "channel" },
  pagerdutyRoutingKey: { file: "pagerduty-routing-key", variable: "BACKUP_PAGERDUTY_KEY_FILE", kind: "channel" },
  smtpPassword: { file: "smtp-password", variable: "BACKUP_SMTP_PASSWORD_FILE", kind: "channel" },
  heartbeatUrl: { file: "heartbeat-url", variable: "BACKUP_HEARTBEAT_URL_FILE", kind: "watcher" },
  sentryCronUrl: { file: "sentry-cron-url", variable: "BACKUP_SENTRY_CRON_URL_FILE", kind: "watcher" },
  // Not of the configuration: the program makes the monitors whose addresses these are.
  sentryCheckIns: { file: "sentry-check-ins", variable: "BACKUP_SENTRY_CHECK_INS_FILE", kind: "run-watcher" },
} as const satisfies Partial<
  Record<
    SecretKey | "sentryCheckIns",
    { readonly file: string; readonly variable: string; readonly kind: "channel" | "watcher" | "run-watcher" }
  >
>;

export type ChannelSecret = keyof typeof channelSecrets;
export type ChannelKind = (typeof channelSecrets)[ChannelSecret]["kind"];

/** Those that the stack has. */
export type Channels = Partial<Readonly<Record<ChannelSecret, Output<string>>>>;

/** Of the given kinds, those that the stack has. */
export function channelsOf(channels: Channels, kinds: readonly ChannelKind[]): ChannelSecret[] {
  return (Object.keys(channelSecrets) as ChannelSecret[]).filter(
    (name) => channels[name] !== undefined && kinds.includes(channelSecrets[name].kind),
  );
}
