import { relationName } from "./relation-name.ts";
import type { Session } from "./session.ts";

const switchedOff = `
  select distinct n.nspname as schema, c.relname as name
    from pg_catalog.pg_trigger t
    join pg_catalog.pg_constraint k on k.oid = t.tgconstraint and k.contype = 'f'
    join pg_catalog.pg_class c on c.oid = t.tgrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where t.tgenabled <> 'O' order by 1, 2`;

/** What this database has and no dump of it can keep, in words for the manifest. */
export async function dumpGaps(session: Session): Promise<string[]> {
  const tables = await session.query<{ schema: string; name: string }>(switchedOff);
  if (tables.length === 0) return [];
  return [
    `foreign keys of ${tables.map(relationName).join(", ")} are not enforced as they were made (\`alter table … disable trigger\`): a restore checks all rows, and enforces them again`,
  ];
}
