import type { Channels } from "../backups/channels.ts";
import type { PlatformConfig } from "../config.ts";
import type { Circumstance } from "./edges.ts";

/** What holds in this stack, for edges that are not needed everywhere. */
export function circumstances(
  { backups, errors, gateway, postgres, publish }: PlatformConfig,
  channels: Channels,
  alerted: boolean,
): ReadonlySet<Circumstance> {
  const told = backups.notifications.smtp !== undefined || Object.keys(channels).length > 0;
  return new Set<Circumstance>([
    backups.store,
    ...(backups.manage ? (["managed"] as const) : []),
    ...(told ? (["notified"] as const) : []),
    ...(publish.nodePorts ? (["published"] as const) : []),
    ...(postgres.pointInTime.enabled ? (["point-in-time"] as const) : []),
    ...(errors.kind === "none" ? [] : [errors.kind]),
    ...(copiesTraces({ errors }) ? (["sentry-traces"] as const) : []),
    ...(alerted ? (["alerted"] as const) : []),
    ...(gateway.auth.jwksUrl === undefined ? [] : (["identity-provider"] as const)),
  ]);
}

/** Whether Sentry gets a copy of the traces. */
export const copiesTraces = ({ errors }: Pick<PlatformConfig, "errors">): boolean =>
  errors.kind === "sentry" && errors.traces;
