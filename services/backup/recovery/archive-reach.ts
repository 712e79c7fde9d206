import type { PostgresConfig } from "../config/postgres.ts";
import { connect } from "../postgres/session.ts";
import { lsnOf, segmentOf } from "../postgres/wal-position.ts";

/** How far the archive of the write-ahead log is, as the live server knows it. */
export interface ArchiveReach {
  /** Of the live server: backups of another one lie on another log. */
  readonly systemIdentifier: string;
  /** Number of the newest segment in the archive; undefined when it is not known. */
  readonly segment: bigint | undefined;
  readonly segmentBytes: bigint;
  /** What would be lost at most, were the server lost now; undefined when nothing was ever archived. */
  readonly lossSeconds: number | undefined;
}

export interface ReachRow {
  readonly system: string;
  readonly last_wal: string | null;
  /** Seconds since that was archived. */
  readonly age: number | null;
  readonly failing: boolean;
  readonly archive_timeout: number;
  readonly segment_bytes: string;
  readonly current_wal: string;
}

const sql = `
  select (select system_identifier::text from pg_control_system()) as system, last_archived_wal as last_wal,
         extract(epoch from clock_timestamp() - last_archived_time)::float8 as age,
         coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) as failing,
         extract(epoch from current_setting('archive_timeout')::interval)::int as archive_timeout,
         pg_size_bytes(current_setting('wal_segment_size'))::text as segment_bytes,
         pg_walfile_name(pg_current_wal_lsn()) as current_wal
    from pg_stat_archiver`;

/** Asks the live primary. @throws DATABASE_UNREACHABLE, or what the server says */
export async function readArchiveReach(live: PostgresConfig, signal: AbortSignal): Promise<ArchiveReach> {
  await using session = await connect(live, live.database, signal);
  const [row] = await session.query<ReachRow & Record<string, unknown>>(sql);
  if (row === undefined) throw new Error("pg_stat_archiver is empty");
  return reachOf(row);
}

export function reachOf(row: ReachRow): ArchiveReach {
  const segmentBytes = BigInt(row.segment_bytes);
  const segment = segmentOf(row.last_wal, segmentBytes);
  return { systemIdentifier: row.system, segmentBytes, segment, lossSeconds: lossSeconds(row, segment, segmentBytes) };
}

/**
 * Since when commits may have come that are not in the archive. A server without work archives nothing, and yet nothing would be lost:
 * after `archive_timeout` at the latest it closes a segment that has a commit. Where the archiver keeps up, that is the bound.
 */
function lossSeconds(row: ReachRow, archived: bigint | undefined, segmentBytes: bigint): number | undefined {
  if (row.age === null) return undefined;
  const age = Math.max(0, row.age);
  const current = segmentOf(row.current_wal, segmentBytes);
  const keepsUp = !row.failing && archived !== undefined && current !== undefined && current <= archived + 1n;
  return keepsUp && row.archive_timeout > 0 ? Math.min(age, row.archive_timeout) : age;
}

/** Whether a recovery finds something at that position: the segment that it lies in is in the archive. Undefined: nobody knows. */
export function reaches(reach: ArchiveReach | undefined, lsn: string): boolean | undefined {
  if (reach?.segment === undefined) return undefined;
  return lsnOf(lsn) / reach.segmentBytes <= reach.segment;
}
