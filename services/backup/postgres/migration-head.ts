import { escapeIdentifier } from "pg";
import type { Session } from "./session.ts";

/** Tables in which the usual tools keep which migrations ran: what the newest of them is, as one text. */
const tools = [
  {
    tool: "golive-gateway",
    table: "schema_migrations",
    columns: ["id", "name"],
    head: "id || ' ' || name",
    newest: "id",
  },
  {
    tool: "golang-migrate",
    table: "schema_migrations",
    columns: ["version", "dirty"],
    head: "version || case when dirty then ' dirty' else '' end",
    newest: "version",
  },
  { tool: "rails, dbmate", table: "schema_migrations", columns: ["version"], head: "version", newest: "version" },
  {
    tool: "flyway",
    table: "flyway_schema_history",
    columns: ["installed_rank", "version"],
    head: "coalesce(version, 'repeatable')",
    newest: "installed_rank",
  },
  { tool: "alembic", table: "alembic_version", columns: ["version_num"], head: "version_num", newest: "version_num" },
  {
    tool: "prisma",
    table: "_prisma_migrations",
    columns: ["migration_name", "finished_at"],
    head: "migration_name",
    newest: "finished_at",
  },
  {
    tool: "django",
    table: "django_migrations",
    columns: ["id", "app", "name"],
    head: "app || '.' || name",
    newest: "id",
  },
  { tool: "knex", table: "knex_migrations", columns: ["id", "name"], head: "name", newest: "id" },
  { tool: "node-pg-migrate", table: "pgmigrations", columns: ["id", "name"], head: "name", newest: "id" },
  { tool: "drizzle", table: "__drizzle_migrations", columns: ["id", "hash"], head: "hash", newest: "id" },
] as const;

/** The newest migration that ran in this database, as its tool names it; null without a tool that is known here. */
export async function readMigrationHead(session: Session): Promise<string | null> {
  const found = await session.query<{ schema: string; name: string; columns: string[] }>(
    `select n.nspname as schema, c.relname as name, array_agg(a.attname::text) as columns
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relkind = 'r' and c.relname = any ($1) and n.nspname !~ '^pg_' and not c.relrowsecurity
      group by 1, 2 order by n.nspname <> 'public', n.nspname collate "C", c.relname collate "C"`,
    [[...new Set(tools.map(({ table }) => table))]],
  );
  for (const { schema, name, columns } of found) {
    const tool = tools.find((one) => one.table === name && one.columns.every((column) => columns.includes(column)));
    if (tool === undefined) continue;
    const head = await attempt(
      session,
      `select (${tool.head})::text as head from ${escapeIdentifier(schema)}.${escapeIdentifier(name)} order by ${tool.newest} desc nulls last limit 1`,
    );
    if (head) return head;
  }
  return null;
}

/**
 * In a savepoint, as one failed statement ends a transaction. A table of an application's own may have such a name and columns of
 * other types, or be closed to this role: then it tells nothing. Nor does one that is locked; whoever reads all rows waits for that.
 */
async function attempt(session: Session, sql: string): Promise<string | null> {
  await session.query("savepoint migration_head");
  try {
    await session.query("set local lock_timeout = '1s'");
    const [row] = await session.query<{ head: string | null }>(sql);
    return row?.head ?? null;
  } catch (error) {
    if ((error as { code?: string }).code === undefined) throw error;
    return null;
  } finally {
    // The wait that was set before counts again.
    await session.query("rollback to savepoint migration_head");
  }
}
