import type { Output } from "@pulumi/pulumi";
import type { SecretKey } from "../config/schema.ts";

/**
 * Addresses and keys of those who are told, all secrets: who has one can write to the channel. `channel` is told of
 * failures and recoveries; a `watcher` waits for a sign of life and alarms by itself when none comes.
 */
export const channelSecrets = {
  slackWebhookUrl: { file: "slack-webhook-url", variable: "BACKUP_SLACK_WEBHOOK_FILE", kind: "channel" },
  pagerdutyRoutingKey: { file: "pagerduty-routing-key", variable: "BACKUP_PAGERDUTY_KEY_FILE", kind: "channel" },
  smtpPassword: { file: "smtp-password", variable: "BACKUP_SMTP_PASSWORD_FILE", kind: "channel" },
  heartbeatUrl: { file: "heartbeat-url", variable: "BACKUP_HEARTBEAT_URL_FILE", kind: "watcher" },
  sentryCronUrl: { file: "sentry-cron-url", variable: "BACKUP_SENTRY_CRON_URL_FILE", kind: "watcher" },
} as const satisfies Partial<
  Record<SecretKey, { readonly file: string; readonly variable: string; readonly kind: "channel" | "watcher" }>
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
