import type { NotifyEvent } from "./event.ts";

export type ChannelName = "slack" | "email" | "pagerduty";

/** A way to reach people. */
export interface Channel {
  readonly name: ChannelName;
  /** One try. Fails with a `SendError`; ends when the signal says so. In words what is not as it should be although it went through. */
  send(event: NotifyEvent, signal: AbortSignal): Promise<string | undefined>;
}

/** Why one try did not go through. The message holds no secret. */
export class SendError extends Error {
  override readonly name = "SendError";
  /** Whether the same may go through later: no, when the address or the login is wrong. */
  readonly again: boolean;
  /** How long the receiver asks to wait. */
  readonly afterMs: number | undefined;

  constructor(message: string, options: { again: boolean; afterMs?: number | undefined; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.again = options.again;
    this.afterMs = options.afterMs;
  }
}
