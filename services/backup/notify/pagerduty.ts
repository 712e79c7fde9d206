import { createHash } from "node:crypto";
import type { NotifyConfig } from "../config/notify.ts";
import type { Channel } from "./channel.ts";
import { type EventKind, eventKinds, linesOf, type NotifyEvent, oneLine, titleOf } from "./event.ts";
import { postJson } from "./post.ts";

/** What PagerDuty is told. A success closes, as nothing else would when the recovery before it did not arrive. */
const actions = {
  failure: "trigger",
  "red-drill": "trigger",
  anomaly: "trigger",
  recovery: "resolve",
  success: "resolve",
  test: "trigger",
} as const satisfies Record<EventKind, "trigger" | "resolve">;

/** PagerDuty's Events API v2. A failure opens one incident a run and database, however often it repeats; recovery closes it. */
export function pagerdutyChannel({ url, routingKey }: NonNullable<NotifyConfig["pagerduty"]>): Channel {
  const post = (body: object, signal: AbortSignal) =>
    postJson(url, { routing_key: routingKey, ...body }, signal, [routingKey]);
  return {
    name: "pagerduty",
    async send(event, signal) {
      const dedup_key = dedupKey(event);
      if (actions[event.kind] !== "resolve")
        await post({ event_action: "trigger", dedup_key, payload: payloadOf(event), links: linksOf(event) }, signal);
      // A test leaves no incident behind.
      if (actions[event.kind] === "resolve" || event.kind === "test")
        await post({ event_action: "resolve", dedup_key }, signal);
      return undefined;
    },
  };
}

/** The same for every failure of the same thing; at most 255 characters. */
export function dedupKey({ kind, run, environment, database }: NotifyEvent): string {
  const key = ["golive-backup", environment, kind === "test" ? "test" : run, database].join("/");
  if (key.length <= 255) return key;
  return `${key.slice(0, 180)}/${createHash("sha256").update(key).digest("hex")}`;
}

function payloadOf(event: NotifyEvent): object {
  const [what, ...rest] = linesOf(event);
  return {
    summary: oneLine(`${titleOf(event)}: ${what}`, 1024),
    source: oneLine(`golive-backup ${event.environment}`, 255),
    severity: eventKinds[event.kind].severity,
    timestamp: event.at.toISOString(),
    component: oneLine(event.database, 255),
    class: event.kind,
    custom_details: { text: what, more: rest },
  };
}

const linksOf = ({ runbook }: NotifyEvent) => (runbook ? [{ href: runbook, text: "runbook" }] : []);
