import { escapeIdentifier } from "pg";
import type { Session } from "../postgres/session.ts";

/** Relations whose statistics can be gathered without asking another server for rows: not those with a foreign table below them. */
const list = `
  with recursive below as (
    select inhparent as top, inhrelid as child from pg_catalog.pg_inherits
    union select b.top, i.inhrelid from below b join pg_catalog.pg_inherits i on i.inhparent = b.child)
  select n.nspname as schema, c.relname as name
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'm', 'p') and c.relpersistence <> 't'
     and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
     and not exists (select from below b join pg_catalog.pg_class f on f.oid = b.child where b.top = c.oid and f.relkind = 'f')`;

/**
 * A fresh copy has no statistics, and its first queries would crawl. Table by table, because ANALYZE of all stops at the first
 * trouble, and asks the servers behind foreign tables. What cannot be analyzed (an expression of an index may fail without a
 * search_path) is as right as before: autovacuum comes to it.
 */
export async function gatherStatistics(session: Session): Promise<void> {
  const tables = await session.query<{ schema: string; name: string }>(list);
  for (const { schema, name } of tables)
    await session
      .query(`analyze ${escapeIdentifier(schema)}.${escapeIdentifier(name)}`)
      .catch((error: Error & { code?: string }) => {
        // Without a SQLSTATE it is the connection that failed.
        if (error.code === undefined || !/^[0-9A-Z]{5}$/.test(error.code)) throw error;
      });
}
