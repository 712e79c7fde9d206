import type { Session } from "./session.ts";

/** Who keeps tables of this database locked against readers, in words; undefined when nobody does any more. */
export async function blocker(session: Session): Promise<string | undefined> {
  const found = await session
    .query<Holder & Record<string, unknown>>(
      `select l.pid, l.relation::regclass::text as relation, a.application_name as application,
              coalesce(a.xact_start, p.prepared) as since, p.gid as prepared
         from pg_locks l left join pg_stat_activity a using (pid)
         left join (select x.virtualtransaction, p.gid, p.prepared
                      from pg_prepared_xacts p join pg_locks x on x.locktype = 'transactionid' and x.transactionid = p.transaction) p
           on l.pid is null and p.virtualtransaction = l.virtualtransaction
        where l.locktype = 'relation' and l.mode = 'AccessExclusiveLock' and l.granted
          and l.database = (select oid from pg_database where datname = current_database()) and l.relation >= 16384
        order by since limit 3`,
    )
    .catch(() => []);
  if (found.length === 0) return undefined;
  return found
    .map((holder) => {
      const { relation, since } = holder;
      return `${relation} is locked by ${whoText(holder)}${since ? ` since ${since.toISOString()}` : ""}`;
    })
    .join("; ");
}

interface Holder {
  readonly pid: number | null;
  readonly relation: string;
  readonly application: string | null;
  readonly since: Date | null;
  /** A prepared transaction holds its locks without any process. */
  readonly prepared: string | null;
}

function whoText({ pid, application, prepared }: Holder): string {
  if (prepared !== null) return `prepared transaction ${JSON.stringify(prepared)}`;
  return `server process ${pid}${application ? ` (${application})` : ""}`;
}
