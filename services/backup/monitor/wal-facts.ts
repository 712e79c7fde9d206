import { readFile } from "node:fs/promises";
import type { PostgresConfig } from "../config/postgres.ts";
import { connect, type Session } from "../postgres/session.ts";
import { segmentOf } from "../postgres/wal-position.ts";
import type { Known, WalFacts } from "./facts.ts";

interface ArchiverRow {
  readonly mode: string;
  readonly recovering: boolean;
  readonly archive_timeout: number;
  readonly counted_since: Date | null;
  readonly last_archived_wal: string | null;
  readonly last_archived_time: Date | null;
  readonly last_failed_time: Date | null;
  readonly failed_count: string;
  /** Name of the segment that is written to now. */
  readonly current_wal: string | null;
  readonly segment_bytes: string;
}

interface ServerRow {
  readonly system: string;
  readonly databases: readonly string[];
}

interface SlotRow {
  readonly slot_name: string;
  readonly active: boolean;
  readonly bytes: string | null;
  readonly wal_status: string | null;
}

/** Every role may read these views; no right beyond CONNECT is needed. */
const archiverSql = `
  select current_setting('archive_mode') as mode,
         pg_is_in_recovery() as recovering,
         extract(epoch from current_setting('archive_timeout')::interval)::int as archive_timeout,
         greatest(stats_reset, pg_postmaster_start_time()) as counted_since,
         last_archived_wal, last_archived_time, last_failed_time, failed_count,
         case when not pg_is_in_recovery() then pg_walfile_name(pg_current_wal_lsn()) end as current_wal,
         pg_size_bytes(current_setting('wal_segment_size')) as segment_bytes
    from pg_stat_archiver`;

const serverSql = `
  select (select system_identifier::text from pg_control_system()) as system,
         (select array_agg(datname::text order by datname) from pg_database where datallowconn) as databases`;

const slotsSql = (serverMajor: number): string => `
  select slot_name, active,
         pg_wal_lsn_diff(case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end, restart_lsn) as bytes,
         ${serverMajor >= 13 ? "wal_status" : "null as wal_status"}
    from pg_replication_slots
   order by slot_name`;

/** What the server says of itself, of its archiver and its slots. Throws when it does not answer. */
export async function walFacts(
  postgres: PostgresConfig,
  firstRecoverableFile: string | undefined,
  signal: AbortSignal,
): Promise<WalFacts> {
  await using session = await anySession(postgres, signal);
  const [row] = await session.query<ArchiverRow & Record<string, unknown>>(archiverSql);
  if (row === undefined) throw new Error("pg_stat_archiver is empty");
  const [server] = await session.query<ServerRow & Record<string, unknown>>(serverSql);
  return {
    since: server && initdbTime(server.system),
    databases: server?.databases ?? [],
    // A standby archives only when it is told to archive always.
    archiving: row.mode === "always" || (row.mode === "on" && !row.recovering),
    countedSince: row.counted_since ?? undefined,
    lastArchived: row.last_archived_time ?? undefined,
    lastFailed: row.last_failed_time ?? undefined,
    failures: Number(row.failed_count),
    waitingSegments: waitingSegments(row),
    archiveTimeoutSeconds: row.archive_timeout,
    slots: await slots(session),
    firstRecoverable: firstRecoverableFile === undefined ? undefined : await firstRecoverable(firstRecoverableFile),
  };
}

/** The database that is named may be gone, which is one of the things to tell; the server says the same in any other. */
async function anySession(postgres: PostgresConfig, signal: AbortSignal): Promise<Session> {
  try {
    return await connect(postgres, postgres.database, signal);
  } catch (error) {
    const missing = ((error as Error).cause as { code?: string } | undefined)?.code === "3D000";
    if (!missing || postgres.database === postgres.maintenanceDatabase) throw error;
    return connect(postgres, postgres.maintenanceDatabase, signal);
  }
}

/** initdb makes the identifier of a server of the second it runs in, in the upper half. Undefined for one that is no such number. */
export function initdbTime(systemIdentifier: string): Date | undefined {
  const at = Number(BigInt(systemIdentifier) >> 32n) * 1000;
  // Before PostgreSQL was written in 1996, it can be no time.
  return at > Date.UTC(1996) ? new Date(at) : undefined;
}

async function slots(session: Session): Promise<WalFacts["slots"]> {
  const rows = await session.query<SlotRow & Record<string, unknown>>(slotsSql(session.serverMajor));
  return rows.map(({ slot_name: name, active, bytes, wal_status: status }) => ({
    name,
    active,
    bytes: Math.max(0, Number(bytes ?? 0)),
    status: status ?? undefined,
  }));
}

/** Whole segments between the last one archived and the one that is written to now. */
export function waitingSegments(row: {
  readonly last_archived_wal: string | null;
  readonly current_wal: string | null;
  readonly segment_bytes: string;
}): number | undefined {
  const [last, current] = [row.last_archived_wal, row.current_wal].map((name) =>
    segmentOf(name, BigInt(row.segment_bytes)),
  );
  return last === undefined || current === undefined ? undefined : Math.max(0, Number(current - last - 1n));
}

async function firstRecoverable(file: string): Promise<Known<Date>> {
  try {
    const text = (await readFile(file, "utf8")).trim();
    const at = new Date(text);
    return Number.isNaN(at.getTime()) ? { problem: `${file} holds no time` } : { value: at };
  } catch (error) {
    return { problem: `${file}: ${(error as NodeJS.ErrnoException).code ?? "unreadable"}` };
  }
}
