import { z } from "zod";
import { defaultPolicy, type RetentionPolicy } from "../retention/policy.ts";
import { check, type Env } from "./check.ts";

/** A whole number; the default is the policy's own. */
const whole = (least: number, preset: number) => z.coerce.number().int().min(least).max(36_500).default(preset);

export const retentionVariables = z.object({
  BACKUP_KEEP_DAYS: whole(1, defaultPolicy.days).describe("prune keeps every backup younger than so many days"),
  BACKUP_KEEP_PROVEN: whole(1, defaultPolicy.proven).describe("and so many of the newest proven, whatever their age"),
  BACKUP_KEEP_DAILY: whole(0, defaultPolicy.daily).describe("and one for each of the last days that have one (UTC)"),
  BACKUP_KEEP_WEEKLY: whole(0, defaultPolicy.weekly).describe("and for each of the last weeks"),
  BACKUP_KEEP_MONTHLY: whole(0, defaultPolicy.monthly).describe("and for each of the last months"),
  BACKUP_KEEP_UNFINISHED_HOURS: whole(24, defaultPolicy.graceHours).describe(
    "hours before a run without a manifest, or an upload without an end, counts as left behind",
  ),
});

export function readRetentionPolicy(env: Env): RetentionPolicy {
  const e = check(retentionVariables, env);
  return {
    days: e.BACKUP_KEEP_DAYS,
    proven: e.BACKUP_KEEP_PROVEN,
    daily: e.BACKUP_KEEP_DAILY,
    weekly: e.BACKUP_KEEP_WEEKLY,
    monthly: e.BACKUP_KEEP_MONTHLY,
    graceHours: e.BACKUP_KEEP_UNFINISHED_HOURS,
  };
}
