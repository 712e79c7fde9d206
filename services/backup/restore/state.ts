import type { Session } from "../postgres/session.ts";
import { kindOf, type Mark, type MarkKind, prefixes, readMark, scratchName } from "./marks.ts";
import { restoreLock } from "./restore-lock.ts";

/** A database of ours beside the live ones. */
export interface Kept {
  readonly name: string;
  readonly kind: MarkKind;
  /** Undefined when its comment was taken away; its name alone tells what it is. */
  readonly mark: Mark | undefined;
  readonly bytes: number;
  readonly sessions: number;
  readonly slots: readonly string[];
  readonly subscriptions: readonly string[];
  readonly prepared: readonly string[];
  /** Somebody works on it at this moment. */
  readonly busy: boolean;
}

/** Everything that restores left or are about to leave in a server, oldest first. */
export async function readState(session: Session): Promise<Kept[]> {
  const rows = await session.query<{
    name: string;
    comment: string | null;
    bytes: string | null;
    sessions: string;
    slots: string[];
    subscriptions: string[];
    prepared: string[];
  }>(
    `select d.datname as name, pg_catalog.shobj_description(d.oid, 'pg_database') as comment,
            case when pg_catalog.has_database_privilege(d.oid, 'connect') or pg_catalog.pg_has_role('pg_read_all_stats', 'member')
                 then pg_catalog.pg_database_size(d.oid) end as bytes,
            (select count(*) from pg_catalog.pg_stat_activity a where a.datid = d.oid) as sessions,
            array(select slot_name::text from pg_catalog.pg_replication_slots s where s.database = d.datname order by 1) as slots,
            array(select subname::text from pg_catalog.pg_subscription s where s.subdbid = d.oid order by 1) as subscriptions,
            array(select gid from pg_catalog.pg_prepared_xacts p where p.database = d.datname order by 1) as prepared
       from pg_catalog.pg_database d
      where ${Object.values(prefixes)
        .map((prefix) => `pg_catalog.starts_with(d.datname, '${prefix}')`)
        .join(" or ")}
      order by d.datname collate "C"`,
  );
  const kept = await Promise.all(
    rows.map(async ({ bytes, sessions, comment, ...row }): Promise<Kept> => {
      const mark = readMark(comment);
      return {
        ...row,
        kind: kindOf(row.name) as MarkKind,
        mark,
        bytes: Number(bytes ?? 0),
        sessions: Number(sessions),
        busy: mark !== undefined && row.name === scratchName(mark.live) && (await restoreLock.held(session, mark.live)),
      };
    }),
  );
  return kept.sort((a, b) => timeOf(a) - timeOf(b));
}

const timeOf = ({ mark }: Kept): number => (mark ? Date.parse(mark.at) : 0);

/** What was last done to a database by a restore or an undo: the newest database kept for it. */
export function lastOf(kept: readonly Kept[], live: string): Kept | undefined {
  return kept.filter(({ kind, mark }) => kind !== "scratch" && mark?.live === live).at(-1);
}
