import { setTimeout as delay } from "node:timers/promises";
import { redact } from "@golive/errors/redact.ts";
import type { NotifyConfig } from "../config/notify.ts";
import { type Channel, type ChannelName, SendError } from "./channel.ts";
import { emailChannel } from "./email.ts";
import type { NotifyEvent } from "./event.ts";
import { pagerdutyChannel } from "./pagerduty.ts";
import { slackChannel } from "./slack.ts";

/** What came of one channel. */
export interface Delivery {
  readonly channel: ChannelName;
  readonly state: "sent" | "failed";
  /** Tries that were made. */
  readonly attempts: number;
  /** Why it failed, or what is not as it should be although it was sent; in words without secrets. */
  readonly problem?: string;
}

export interface Patience {
  /** For all tries of a channel; what hangs holds a finished backup up for no longer. */
  readonly totalMs: number;
  /** For one try. */
  readonly tryMs: number;
  readonly attempts: number;
  /** Before the second try; doubles each time, and half of it is chance, so that many jobs do not come back at once. */
  readonly pauseMs: number;
}

export const patience = { totalMs: 30_000, tryMs: 10_000, attempts: 4, pauseMs: 1_000 } as const satisfies Patience;
/** After SIGTERM there is a grace period, and no more. */
export const hurry = { totalMs: 6_000, tryMs: 4_000, attempts: 2, pauseMs: 500 } as const satisfies Patience;

/** The channels that are set up. */
export function channelsOf({ slack, smtp, pagerduty }: NotifyConfig): readonly Channel[] {
  return [
    ...(slack ? [slackChannel(slack)] : []),
    ...(smtp ? [emailChannel(smtp)] : []),
    ...(pagerduty ? [pagerdutyChannel(pagerduty)] : []),
  ];
}

/** Sends to every channel, side by side: one that is down holds no other up. Never throws. */
export async function notify(
  channels: readonly Channel[],
  event: NotifyEvent,
  limits: Patience = patience,
): Promise<Delivery[]> {
  return Promise.all(channels.map((channel) => deliver(channel, event, limits)));
}

async function deliver(channel: Channel, event: NotifyEvent, limits: Patience): Promise<Delivery> {
  const end = performance.now() + limits.totalMs;
  for (let attempts = 1; ; attempts++) {
    const left = end - performance.now();
    try {
      const limit = AbortSignal.timeout(Math.max(1, Math.min(limits.tryMs, Math.floor(left))));
      const problem = await channel.send(event, limit);
      return { channel: channel.name, state: "sent", attempts, ...(problem !== undefined && { problem }) };
    } catch (thrown) {
      const error = thrown instanceof SendError ? thrown : new SendError(redact(String(thrown)), { again: false });
      const wait = pauseBefore(attempts, error, limits);
      if (!error.again || attempts === limits.attempts || performance.now() + wait >= end)
        return { channel: channel.name, state: "failed", attempts, problem: error.message };
      await delay(wait);
    }
  }
}

/** The receiver's own wish, or twice as long each time. */
function pauseBefore(attempts: number, { afterMs }: SendError, { pauseMs }: Patience): number {
  const most = pauseMs * 2 ** (attempts - 1);
  return afterMs ?? most / 2 + (Math.random() * most) / 2;
}
