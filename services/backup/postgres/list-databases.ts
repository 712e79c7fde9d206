import type { PostgresConfig } from "../config/postgres.ts";
import { kindOf } from "../restore/marks.ts";
import { connect } from "./session.ts";

/**
 * Every database of a server that can hold something worth a backup, by name. Templates are not; neither are what
 * restores leave beside a database, and the one that programs merely connect to, as long as it has no tables.
 */
export async function listDatabases(config: PostgresConfig, signal: AbortSignal): Promise<string[]> {
  await using session = await connect(config, config.maintenanceDatabase, signal);
  const names = await session.query<{ name: string }>(
    `select datname as name from pg_database where datallowconn and not datistemplate order by datname collate "C"`,
  );
  const [tables] = await session.query<{ some: boolean }>(
    `select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
                     where c.relkind in ('r', 'p', 'm', 'f', 'S') and c.oid >= 16384 and n.nspname !~ '^pg_') as some`,
  );
  return names
    .map(({ name }) => name)
    .filter((name) => kindOf(name) === undefined && (name !== config.maintenanceDatabase || tables?.some === true));
}
