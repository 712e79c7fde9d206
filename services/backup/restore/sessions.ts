import type { Session } from "../postgres/session.ts";

/** A session of somebody in a database. */
export interface Visitor {
  readonly pid: number;
  readonly role: string | null;
  /** As in "client backend", "walsender", "logical replication worker". */
  readonly kind: string;
  readonly application: string;
  /** Whether this role may end it. */
  readonly endable: boolean;
}

/**
 * Autovacuum ends by itself when a database is renamed; its workers are left out. Of sessions of others a plain role is told little
 * more than that they are there: neither their kind nor their program, which must not make them invisible.
 */
export async function readVisitors(session: Session, databases: readonly string[]): Promise<Visitor[]> {
  return session.query<{ pid: number; role: string | null; kind: string; application: string; endable: boolean }>(
    `select a.pid, a.usename as role, k.kind, coalesce(a.application_name, '') as application,
            me.rolsuper or (not coalesce(r.rolsuper, true)
              and (pg_catalog.pg_has_role(r.oid, 'usage') or pg_catalog.pg_has_role('pg_signal_backend', 'usage'))) as endable
       from pg_catalog.pg_stat_activity a
       left join pg_catalog.pg_roles r on r.oid = a.usesysid
       cross join (select rolsuper from pg_catalog.pg_roles where rolname = current_user) me
       cross join lateral (
         select coalesce(a.backend_type, case when a.usesysid is null then 'autovacuum worker' else 'client backend' end) as kind) k
      where a.datname = any ($1) and k.kind <> 'autovacuum worker' and a.pid <> pg_catalog.pg_backend_pid()
      order by a.pid`,
    [databases],
  );
}

/** Ends those that this role may end, and says how many; the others stay. */
export async function endVisitors(session: Session, databases: readonly string[]): Promise<number> {
  let ended = 0;
  for (const { pid, endable } of await readVisitors(session, databases)) {
    if (!endable) continue;
    // It may have gone, or may be another's by now; whoever is left is told by the server when it refuses the rename.
    await session.query("select pg_catalog.pg_terminate_backend($1)", [pid]).catch(() => undefined);
    ended++;
  }
  return ended;
}

export const visitorText = ({ pid, role, kind, application }: Visitor): string =>
  `server process ${pid} (${[role ?? "no role", kind, application].filter((part) => part !== "").join(", ")})`;
