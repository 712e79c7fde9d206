import { z } from "zod";
import { check, type Env } from "./check.ts";

const days = z.coerce.number().int().min(1).max(36_500);

export const bucketVariables = z.object({
  BACKUP_LOCK_DAYS: days.default(1).describe("days that new objects cannot be deleted"),
  BACKUP_LOCK_MODE: z
    .enum(["GOVERNANCE", "COMPLIANCE"])
    .default("GOVERNANCE")
    .describe("GOVERNANCE can be lifted by who may; COMPLIANCE by nobody"),
});

export interface LockConfig {
  readonly days: number;
  readonly mode: "GOVERNANCE" | "COMPLIANCE";
}

export function readLockConfig(env: Env): LockConfig {
  const e = check(bucketVariables, env);
  return { days: e.BACKUP_LOCK_DAYS, mode: e.BACKUP_LOCK_MODE };
}
