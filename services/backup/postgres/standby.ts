import type { PostgresConfig } from "../config/postgres.ts";
import { bytesText } from "../format.ts";
import type { Report } from "../progress.ts";
import { connect, type Session } from "./session.ts";

/** What a backup may lack of the newest changes: four WAL files, seconds of a busy server. */
const mostLagBytes = 64 * 1024 ** 2;

export interface Source {
  readonly config: PostgresConfig;
  readonly session: Session;
}

/**
 * Where to read from: the standby when one is named, answers, belongs to this very primary and is not behind; undefined for the
 * primary itself, with a warning when a standby was named. The lock stays with the primary, which everybody shares.
 */
export async function standbySource(
  primary: Session,
  config: PostgresConfig,
  { signal, warn }: { signal: AbortSignal; warn: Report },
): Promise<Source | undefined> {
  if (config.standby === undefined) return undefined;
  const { host, port } = config.standby;
  const at = { ...config, host, port };
  let session: Session | undefined;
  try {
    session = await connect(at, config.database, signal);
    const problem = await unfit(session, primary);
    if (problem === undefined) return { config: at, session };
    warn(`standby ${host}:${port} ${problem}; reading from the primary`);
  } catch (error) {
    signal.throwIfAborted();
    warn(`standby ${host}:${port} cannot be used: ${(error as Error).message}; reading from the primary`);
  }
  await session?.[Symbol.asyncDispose]();
  return undefined;
}

async function unfit(standby: Session, primary: Session): Promise<string | undefined> {
  const facts = "pg_is_in_recovery() as standby, (select system_identifier::text from pg_control_system()) as system";
  const [there] = await standby.query<{ standby: boolean; system: string }>(`select ${facts}`);
  const [here] = await primary.query<{ standby: boolean; system: string }>(`select ${facts}`);
  if (there?.system !== here?.system) return `belongs to another server (${there?.system}, not ${here?.system})`;
  if (!there?.standby) return "is no standby";
  // When the named primary is itself in recovery, there is nothing that it could be compared with.
  if (here?.standby) return undefined;
  const [now] = await primary.query<{ lsn: string }>("select pg_current_wal_lsn()::text as lsn");
  const [lag] = await standby.query<{ bytes: string }>(
    "select greatest(pg_wal_lsn_diff($1::pg_lsn, pg_last_wal_replay_lsn()), 0) as bytes",
    [now?.lsn],
  );
  const bytes = Number(lag?.bytes ?? Number.POSITIVE_INFINITY);
  return bytes > mostLagBytes ? `is ${bytesText(bytes)} of write-ahead log behind` : undefined;
}
