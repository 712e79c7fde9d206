import { availableParallelism, tmpdir } from "node:os";
import { z } from "zod";
import { check, type Env } from "./check.ts";

const seconds = z.coerce.number().int().min(1).max(86_400);

export const drillVariables = z.object({
  BACKUP_SCRATCH_FOLDER: z
    .string()
    .startsWith("/", { error: "a whole path" })
    .default(tmpdir())
    .describe("folder for the throwaway server and the opened archive; 2.5 times the plain dump must fit"),
  BACKUP_SERVER_PROGRAMS: z
    .string()
    .default("/usr/lib/postgresql")
    .describe("folder with PostgreSQL's server programs by major version, as in 17/bin/initdb"),
  BACKUP_DRILL_USER: z
    .string()
    .default("postgres")
    .describe("who the throwaway server runs as when the drill is started by root; PostgreSQL refuses root"),
  BACKUP_INVARIANTS_FOLDER: z
    .string()
    .optional()
    .describe("folder of name.sql files, each one query for violations: a row is a fault"),
  BACKUP_INVARIANTS_DATABASE: z
    .string()
    .optional()
    .describe("database that they are about; without it they are asked of every one"),
  BACKUP_INVARIANT_SECONDS: seconds.default(300).describe("how long one such query may take"),
  BACKUP_DRILL_JOBS: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(availableParallelism())
    .describe("pg_restore processes side by side"),
});

export interface DrillConfig {
  readonly scratch: string;
  readonly serverPrograms: string;
  readonly user: string;
  readonly invariants: string | undefined;
  readonly invariantsDatabase: string | undefined;
  readonly invariantSeconds: number;
  readonly jobs: number;
}

export function readDrillConfig(env: Env): DrillConfig {
  const e = check(drillVariables, env);
  return {
    scratch: e.BACKUP_SCRATCH_FOLDER,
    serverPrograms: e.BACKUP_SERVER_PROGRAMS,
    user: e.BACKUP_DRILL_USER,
    invariants: e.BACKUP_INVARIANTS_FOLDER,
    invariantsDatabase: e.BACKUP_INVARIANTS_DATABASE,
    invariantSeconds: e.BACKUP_INVARIANT_SECONDS,
    jobs: e.BACKUP_DRILL_JOBS,
  };
}
