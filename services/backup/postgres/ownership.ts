import { redact } from "@golive/errors/redact.ts";
import type { Manifest } from "../catalogue/manifest.ts";
import type { Session } from "./session.ts";

/** What a database needs of its server and a dump of it does not bring along. */
export type Ownership = Pick<Manifest, "owner" | "roles" | "tablespaces" | "databaseSettings">;

/**
 * Roles that own something in this database, hold rights in it or are named by its policies; Postgres keeps that list itself. It
 * leaves out the role that made the cluster, so what that one owns is looked up. Built-in roles (pg_…) are on every server.
 */
const roles = `
  with here as (select oid, datdba, datacl from pg_database where datname = current_database())
  select rolname as name from pg_roles where oid in (
    select refobjid from pg_shdepend where refclassid = 'pg_authid'::regclass and dbid = (select oid from here)
    union select refobjid from pg_shdepend
     where refclassid = 'pg_authid'::regclass and classid = 'pg_database'::regclass and objid = (select oid from here)
    union select datdba from here
    union select 10 where exists (select from pg_class where relowner = 10 and oid >= 16384)
                       or exists (select from pg_namespace where nspowner = 10 and oid >= 16384)
                       or exists (select from pg_proc where proowner = 10 and oid >= 16384)
                       or exists (select from pg_type where typowner = 10 and oid >= 16384)
                       or exists (select from pg_largeobject_metadata where lomowner = 10)
                       or exists (select from pg_foreign_server where srvowner = 10)
                       or exists (select from pg_publication where pubowner = 10)
  ) and rolname !~ '^pg_' order by rolname collate "C"`;

const tablespaces = `
  select spcname as name from pg_tablespace
   where oid in (select reltablespace from pg_class where reltablespace <> 0 and not relisshared
                 union select dattablespace from pg_database where datname = current_database())
     and spcname not in ('pg_default', 'pg_global') order by spcname collate "C"`;

const settings = `
  select r.rolname as role, s.setconfig as settings
    from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole
   where s.setdatabase = (select oid from pg_database where datname = current_database())
   order by r.rolname collate "C" nulls first`;

export async function readOwnership(session: Session): Promise<Ownership> {
  const names = async (sql: string) => (await session.query<{ name: string }>(sql)).map(({ name }) => name);
  const [owner] = await session.query<{ name: string }>(
    "select pg_get_userbyid(datdba) as name from pg_database where datname = current_database()",
  );
  const found = await session.query<{ role: string | null; settings: string[] }>(settings);
  return {
    owner: owner?.name ?? "",
    roles: await names(roles),
    tablespaces: await names(tablespaces),
    databaseSettings: found.map(({ role, settings: pairs }) => ({ role, settings: pairs.map(withoutSecret) })),
  };
}

const secretName = /pass(word|phrase)?|secret|token|credential|(api|access|private|jwt|signing|encryption)[_-]?key/i;

/**
 * As in `app.jwt_secret=…`: the manifest is signed but not encrypted, so of a setting that may hold a secret only the name is kept.
 * That is each with a dot in its name, which the application made up, whatever it is called. Its value is in the encrypted dump, and a
 * restore takes it from there.
 */
export function withoutSecret(pair: string): string {
  const name = pair.slice(0, pair.indexOf("="));
  return name.includes(".") || secretName.test(name) || redact(pair) !== pair ? name : pair;
}
