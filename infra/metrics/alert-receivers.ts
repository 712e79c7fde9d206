import type { Input } from "@pulumi/pulumi";
import type { ReceiverName, Receivers } from "./receivers.ts";

/** Who is told, and the secret that each of them takes. */
export interface AlertReceivers {
  readonly receivers: Receivers;
  /** Address or key of each receiver that has one; a mail server without a login has none. */
  readonly secrets: Partial<Readonly<Record<ReceiverName, Input<string>>>>;
}

/** What a stack has to tell people with: its secrets, and the settings beside them. */
export interface AlertChannels {
  readonly slackWebhookUrl?: Input<string> | undefined;
  readonly pagerdutyRoutingKey?: Input<string> | undefined;
  readonly pagerdutyUrl?: string | undefined;
  readonly smtp?: Receivers["email"] | undefined;
  readonly smtpPassword?: Input<string> | undefined;
  readonly deadmanUrl?: Input<string> | undefined;
}

/** @returns undefined when there is nobody but the alert log */
export function alertReceivers(channels: AlertChannels): AlertReceivers | undefined {
  const { slackWebhookUrl, pagerdutyRoutingKey, pagerdutyUrl, smtp, smtpPassword, deadmanUrl } = channels;
  const receivers: Receivers = {
    ...(slackWebhookUrl === undefined ? {} : { slack: {} }),
    ...(pagerdutyRoutingKey === undefined ? {} : { pagerduty: { url: pagerdutyUrl } }),
    ...(smtp === undefined ? {} : { email: smtp }),
    ...(deadmanUrl === undefined ? {} : { deadman: {} }),
  };
  if (Object.keys(receivers).length === 0) return undefined;
  return {
    receivers,
    secrets: {
      ...(slackWebhookUrl === undefined ? {} : { slack: slackWebhookUrl }),
      ...(pagerdutyRoutingKey === undefined ? {} : { pagerduty: pagerdutyRoutingKey }),
      // A password of the backups' mail stays unused where the server asks for no login.
      ...(smtp?.user === undefined || smtpPassword === undefined ? {} : { email: smtpPassword }),
      ...(deadmanUrl === undefined ? {} : { deadman: deadmanUrl }),
    },
  };
}
