import { availableParallelism, tmpdir } from "node:os";
import { z } from "zod";
import { check, type Env, secretFile } from "./check.ts";

export const restoreVariables = z.object({
  BACKUP_SCRATCH_FOLDER: z
    .string()
    .startsWith("/", { error: "a whole path" })
    .default(tmpdir())
    .describe("folder for the opened archive; the plain dump must fit"),
  BACKUP_RESTORE_JOBS: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(availableParallelism())
    .describe("tables that pg_restore loads side by side"),
  // Long enough for a fault to be noticed on a Monday; short enough that nobody undoes a week of work by mistake.
  BACKUP_UNDO_DAYS: z.coerce
    .number()
    .min(0)
    .max(3650)
    .default(7)
    .describe("days for which `undo` brings back what was replaced"),
  BACKUP_SAFETY_PGUSER: z
    .string()
    .optional()
    .describe("role that backs the live database up before it is replaced, when PGUSER may not read all of it"),
  BACKUP_SAFETY_PGPASSWORD_FILE: z.string().optional().describe("file with that role's password"),
});

export interface RestoreConfig {
  readonly scratch: string;
  readonly jobs: number;
  readonly undoDays: number;
  /** Who takes the backup before a restore, when it is another role than the one that restores. */
  readonly safety: { readonly user: string; readonly password: string | undefined } | undefined;
}

export function readRestoreConfig(env: Env): RestoreConfig {
  const e = check(restoreVariables, env);
  const file = e.BACKUP_SAFETY_PGPASSWORD_FILE;
  return {
    scratch: e.BACKUP_SCRATCH_FOLDER,
    jobs: e.BACKUP_RESTORE_JOBS,
    undoDays: e.BACKUP_UNDO_DAYS,
    safety:
      e.BACKUP_SAFETY_PGUSER === undefined
        ? undefined
        : {
            user: e.BACKUP_SAFETY_PGUSER,
            password: file === undefined ? undefined : secretFile("BACKUP_SAFETY_PGPASSWORD_FILE", file),
          },
  };
}
