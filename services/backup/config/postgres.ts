import { z } from "zod";
import { check, type Env, secretFile } from "./check.ts";
import { fromDatabaseUrl } from "./database-url.ts";
import { passwordOf } from "./pgpass.ts";

const port = z.coerce.number().int().min(1).max(65_535);

export const postgresVariables = z.object({
  DATABASE_URL_FILE: z
    .string()
    .optional()
    .describe("file with postgres://user:password@host:port/database, before PGHOST and the others"),
  DATABASE_URL: z.string().optional().describe("the address itself, when there is no such file"),
  PGHOST: z.string().default("127.0.0.1").describe("host of the server"),
  PGPORT: port.default(5432).describe("its port"),
  PGDATABASE: z
    .string({ error: "name the database to back up" })
    .describe("database to back up; a restore does not use it"),
  PGUSER: z.string({ error: "name the role to log in as" }).describe("role to log in as"),
  PGPASSWORD_FILE: z.string().optional().describe("file with the role's password"),
  PGPASSWORD: z.string().optional().describe("the password itself, when there is no such file"),
  PGPASSFILE: z.string().optional().describe("file of passwords in libpq's form, when there is neither"),
  PGSSLROOTCERT: z.string().optional().describe("CA file; when set, TLS with the server's name verified"),
  PGHOST_STANDBY: z
    .string()
    .optional()
    .describe("host of a standby to read from; the primary when it does not answer or lags"),
  PGPORT_STANDBY: port.optional().describe("its port, when it is not PGPORT"),
  PG_BIN: z.string().optional().describe("folder of pg_dump and pg_restore, before any found by itself"),
  PG_MAINTENANCE_DATABASE: z.string().default("postgres").describe("connected to while a restore makes databases"),
  // Behind an ACCESS EXCLUSIVE lock a dump would make the application queue behind it; giving up is the lesser evil.
  BACKUP_LOCK_WAIT_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(3600)
    .default(60)
    .describe("how long a run waits for a locked table"),
});

export interface PostgresConfig {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly caFile: string | undefined;
  readonly bin: string | undefined;
  readonly maintenanceDatabase: string;
  readonly lockWaitSeconds: number;
  /** Read from instead of `host`, when it can be. */
  readonly standby?: { readonly host: string; readonly port: number } | undefined;
}

export function readPostgresConfig(given: Env): PostgresConfig {
  const url = given.DATABASE_URL_FILE ? secretFile("DATABASE_URL_FILE", given.DATABASE_URL_FILE) : given.DATABASE_URL;
  const fromUrl = url ? fromDatabaseUrl(url) : {};
  // A password in the address is meant for it; one that lies around in a file is not.
  const e = check(postgresVariables, {
    ...given,
    ...fromUrl,
    ...(fromUrl.PGPASSWORD === undefined ? {} : { PGPASSWORD_FILE: undefined }),
  });
  const login = { host: e.PGHOST, port: String(e.PGPORT), database: e.PGDATABASE, user: e.PGUSER };
  const password = e.PGPASSWORD_FILE ? secretFile("PGPASSWORD_FILE", e.PGPASSWORD_FILE) : e.PGPASSWORD;
  return {
    host: e.PGHOST,
    port: e.PGPORT,
    database: e.PGDATABASE,
    user: e.PGUSER,
    password: password ?? (e.PGPASSFILE ? passwordOf(secretFile("PGPASSFILE", e.PGPASSFILE), login) : undefined),
    caFile: e.PGSSLROOTCERT,
    bin: e.PG_BIN,
    maintenanceDatabase: e.PG_MAINTENANCE_DATABASE,
    lockWaitSeconds: e.BACKUP_LOCK_WAIT_SECONDS,
    standby:
      e.PGHOST_STANDBY === undefined ? undefined : { host: e.PGHOST_STANDBY, port: e.PGPORT_STANDBY ?? e.PGPORT },
  };
}
