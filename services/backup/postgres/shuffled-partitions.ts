import type { Session } from "./session.ts";

/** Key of a table → key of the partitioned table above it, within which a restore puts every row where it belongs anew. */
export type Shuffled = ReadonlyMap<string, string>;

/** Of a table, whatever dots and quotes are in its names. */
export const relationKey = ({ schema, name }: { readonly schema: string; readonly name: string }): string =>
  JSON.stringify([schema, name]);

/** As pg_dump itself finds them, since it loads their rows through the table at the top. */
const list = `
  with recursive below as (
    select p.partrelid as top, i.inhrelid as child
      from pg_catalog.pg_partitioned_table p join pg_catalog.pg_inherits i on i.inhparent = p.partrelid
     where (select o.oid from pg_catalog.pg_opclass o join pg_catalog.pg_am a on a.oid = o.opcmethod
             where o.opcname = 'enum_ops' and o.opcnamespace = 'pg_catalog'::pg_catalog.regnamespace and a.amname = 'hash')
           = any (p.partclass::pg_catalog.oid[])
    union all select b.top, i.inhrelid from below b join pg_catalog.pg_inherits i on i.inhparent = b.child)
  select n.nspname as schema, c.relname as name, tn.nspname as "topSchema", t.relname as "topName"
    from below b
    join pg_catalog.pg_class c on c.oid = b.child join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_class t on t.oid = b.top join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace
   where c.relkind = 'r' and not exists (select from below o where o.child = b.top)`;

/**
 * Tables partitioned by the hash of an enum: that hash is of the numbers of its labels, and a copy's labels have other numbers. Row by
 * row such a table comes back whole, and partition by partition it does not.
 */
export async function readShuffled(session: Session): Promise<Shuffled> {
  const rows = await session.query<Record<"schema" | "name" | "topSchema" | "topName", string>>(list);
  return new Map(
    rows.map(({ schema, name, topSchema, topName }) => [
      relationKey({ schema, name }),
      relationKey({ schema: topSchema, name: topName }),
    ]),
  );
}
