import type { Session } from "./session.ts";

/**
 * A search_path under which what the application's own functions name is found: what is set for this database or role, then every
 * schema there is. Schemas of PostgreSQL itself come first all the same.
 */
export async function usualPath(session: Session): Promise<string> {
  const [row] = await session.query<{ path: string }>(
    `select pg_catalog.concat_ws(', ',
              (select pg_catalog.string_agg(pg_catalog.substr(c, pg_catalog.length('search_path=') + 1), ', ' order by s.setrole desc, s.setdatabase desc)
                 from pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) c
                where c ~ '^search_path=.' and s.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()))
                  and s.setrole in (0, (select oid from pg_catalog.pg_roles where rolname = current_user))),
              '"$user", public',
              (select pg_catalog.string_agg(pg_catalog.quote_ident(nspname), ', ' order by nspname)
                 from pg_catalog.pg_namespace where nspname !~ '^pg_' and nspname not in ('public', 'information_schema'))) as path`,
  );
  return row?.path ?? "";
}

/**
 * Does something under that path, and goes back to none. After an error the session is as the server left it: whoever reads a
 * database once has no more use for it.
 */
export async function underPath<T>(session: Session, path: string, work: () => Promise<T>): Promise<T> {
  const set = "select pg_catalog.set_config('search_path', $1, false)";
  await session.query(set, [path]);
  const result = await work();
  await session.query(set, [""]);
  return result;
}
