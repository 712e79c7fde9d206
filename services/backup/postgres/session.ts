import { readFileSync } from "node:fs";
import { Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { GoliveError } from "@golive/errors/golive-error.ts";
import pg from "pg";
import type { PostgresConfig } from "../config/postgres.ts";
import { connectFailure } from "./connect-failure.ts";
import { mayComeYet } from "./may-come-yet.ts";
import { optionsText, steadySettings } from "./session-settings.ts";

/** One connection whose end is noticed: its locks and its snapshot live exactly as long as it does. */
export interface Session extends AsyncDisposable {
  readonly serverMajor: number;
  readonly serverVersion: string;
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Rejects when the server ends the session; never resolves. */
  readonly lost: Promise<never>;
}

export const applicationName = "golive-backup";

/**
 * The text of a value must not depend on what a role or database has set: rows are hashed by their text, here and in a copy that has
 * none of the settings. With row_security off, a table whose rows this role may not all see is an error instead of a silently
 * smaller backup.
 */
const settings = {
  ...steadySettings,
  // A transaction that must not write says so itself; one that restores must.
  default_transaction_read_only: "off",
  row_security: "off",
  search_path: "",
  datestyle: "ISO,MDY",
  timezone: "UTC",
  intervalstyle: "postgres",
  extra_float_digits: "3",
  bytea_output: "hex",
  // A machine that vanishes says no goodbye: two minutes later the server ends its session, and with it the lock. Without, two hours.
  tcp_keepalives_idle: "60",
  tcp_keepalives_interval: "10",
  tcp_keepalives_count: "6",
  // Compiling the hash of each of a thousand tables takes longer than it saves.
  jit: "off",
} as const;

export async function connect(config: PostgresConfig, database: string, signal: AbortSignal): Promise<Session> {
  for (;;) {
    try {
      return await open(config, database, signal);
    } catch (error) {
      if (!mayComeYet(error, process.uptime(), process.env)) throw error;
      await wait(500, undefined, { signal });
    }
  }
}

async function open(config: PostgresConfig, database: string, signal: AbortSignal): Promise<Session> {
  signal.throwIfAborted();
  const socket = new Socket();
  const client = new pg.Client({
    host: config.host,
    port: config.port,
    database,
    user: config.user,
    // An empty string keeps pg from looking for a password elsewhere.
    password: config.password ?? "",
    ssl: config.caFile ? { ca: readCa(config.caFile), rejectUnauthorized: true } : false,
    application_name: applicationName,
    connectionTimeoutMillis: 15_000,
    keepAlive: true,
    stream: () => socket,
    options: optionsText(settings),
  });
  const lost = new Promise<never>((_resolve, reject) => {
    client.on("error", (cause) => {
      reject(
        new GoliveError(
          "BACKUP_FAILED",
          `the session with the database ended: ${cause.message}`,
          "See the server's log for the reason, then run the same command again.",
          { cause },
        ),
      );
    });
  });
  lost.catch(() => undefined);
  const drop = (): void => {
    socket.destroy();
  };
  signal.addEventListener("abort", drop, { once: true });
  const end = async (): Promise<void> => {
    signal.removeEventListener("abort", drop);
    await client.end().catch(() => undefined);
  };
  try {
    await client.connect();
    const { rows } = await client.query<{ num: string; text: string }>(
      `select current_setting('server_version_num') as num, current_setting('server_version') as text`,
    );
    const serverMajor = Math.floor(Number(rows[0]?.num) / 10_000);
    // Unknown before these versions, so they cannot be among the settings of the connect.
    if (serverMajor >= 14) await client.query("set idle_session_timeout = 0");
    if (serverMajor >= 17) await client.query("set transaction_timeout = 0");
    return {
      serverMajor,
      serverVersion: rows[0]?.text ?? "",
      lost,
      async query<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) {
        return (await client.query<Row>(sql, [...values]).catch((error) => Promise.reject(asFailure(error, database))))
          .rows;
      },
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    drop();
    await end();
    signal.throwIfAborted();
    throw connectFailure(error, config, database);
  }
}

const notUtf8 = "22021";

/** In a database of encoding SQL_ASCII a name may be of any bytes; rows too, but those never leave the server by this way. */
function asFailure(cause: Error & { code?: string }, database: string): Error {
  if (cause.code !== notUtf8) return cause;
  return new GoliveError(
    "BACKUP_FAILED",
    `database ${JSON.stringify(database)} has a name that is not UTF-8, and a manifest cannot hold it: ${cause.message}`,
    "Rename that table, column, type or role (`alter … rename`). What is in the rows may be of any bytes.",
    { cause },
  );
}

function readCa(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new GoliveError("CONFIG_INVALID", `PGSSLROOTCERT=${path}: cannot be read`, "Mount the CA there.", { cause });
  }
}
