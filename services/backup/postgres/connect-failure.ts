import { GoliveError } from "@golive/errors/golive-error.ts";
import type { PostgresConfig } from "../config/postgres.ts";

/** SQLSTATE or socket error → what to do about it. */
const hints: Readonly<Record<string, string>> = {
  "28P01": "Check the file that PGPASSWORD_FILE names, and the role's password in the server.",
  "28000": "Check PGUSER and the server's pg_hba rules for this role, database and kind of connection.",
  "3D000": "Check PGDATABASE.",
  "42501": "Grant the role CONNECT on this database.",
  "53300": "The server has no connection left; run the same command again later.",
  "57P03": "The server is starting or stopping; run the same command again later.",
  ENOTFOUND: "Check PGHOST.",
  EAI_AGAIN: "Check PGHOST and the cluster's DNS.",
  ECONNREFUSED: "Check PGHOST and PGPORT, and that the server runs.",
};

/** Why no connection came about, with the address and role but never the password. */
export function connectFailure(thrown: unknown, config: PostgresConfig, database: string): GoliveError {
  if (thrown instanceof GoliveError) return thrown;
  const error = thrown as Error & { code?: string; errors?: Error[] };
  const text = error.message || error.errors?.[0]?.message || String(thrown);
  return new GoliveError(
    "DATABASE_UNREACHABLE",
    `cannot connect to ${config.host}:${config.port} as ${JSON.stringify(config.user)}, database ${JSON.stringify(database)}: ${text}`,
    hints[error.code ?? ""] ?? "Check the PG* variables and that the server runs and can be reached from here.",
    { cause: thrown },
  );
}
