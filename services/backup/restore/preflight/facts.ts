import { mkdir, statfs } from "node:fs/promises";
import { isIP } from "node:net";
import { escapeLiteral } from "pg";
import type { Manifest } from "../../catalogue/manifest.ts";
import type { PostgresConfig } from "../../config/postgres.ts";
import { findClientProgram } from "../../postgres/client-program.ts";
import { connect, type Session } from "../../postgres/session.ts";
import { readVisitors, type Visitor } from "../sessions.ts";
import type { Columns } from "./schema-diff.ts";

/** Who is connected, and what it may. */
export interface Me {
  readonly name: string;
  readonly superuser: boolean;
  readonly createdb: boolean;
  readonly createrole: boolean;
  readonly bypassrls: boolean;
  /** Roles whose rights it has, itself included. */
  readonly memberOf: ReadonlySet<string>;
}

export interface Extension {
  readonly name: string;
  readonly version: string;
  /** What CREATE EXTENSION installs. */
  readonly preset: boolean;
  /** Its owner need not be a superuser. */
  readonly trusted: boolean;
}

export interface Live {
  readonly owner: string;
  readonly bytes: number;
  readonly visitors: readonly Visitor[];
  readonly prepared: readonly string[];
  readonly slots: readonly string[];
  readonly subscriptions: readonly string[];
  /** Undefined when its tables could not be read from here. */
  readonly columns: Columns | undefined;
}

/** The target server as it is before anything is made there. */
export interface ServerFacts {
  readonly major: number;
  readonly version: string;
  readonly systemIdentifier: string | undefined;
  readonly me: Me;
  readonly roles: ReadonlySet<string>;
  readonly tablespaces: ReadonlySet<string>;
  readonly extensions: readonly Extension[];
  /** Why a database like the backed up one cannot be made here, in the server's words. */
  readonly localeProblem: string | undefined;
  /** Why there is no pg_restore for it. */
  readonly programProblem: { readonly text: string; readonly cure: string } | undefined;
  /** Free bytes where the archive goes, and where the server keeps its data when that is on this machine. */
  readonly scratchFree: number;
  readonly serverFree: number | undefined;
  /** The database that would be replaced; undefined when there is none. */
  readonly live: Live | undefined;
}

export async function readFacts(
  session: Session,
  { postgres, scratch, signal }: { postgres: PostgresConfig; scratch: string; signal: AbortSignal },
  manifest: Manifest,
  target: string,
): Promise<ServerFacts> {
  const names = async (sql: string) => new Set((await session.query<{ name: string }>(sql)).map(({ name }) => name));
  const [system] = await session
    .query<{ id: string }>("select system_identifier::text as id from pg_catalog.pg_control_system()")
    .catch(() => []);
  return {
    major: session.serverMajor,
    version: session.serverVersion,
    systemIdentifier: system?.id,
    me: await readMe(session),
    roles: await names("select rolname as name from pg_catalog.pg_roles"),
    tablespaces: await names("select spcname as name from pg_catalog.pg_tablespace"),
    extensions: await session.query<{ name: string; version: string; preset: boolean; trusted: boolean }>(
      `select v.name::text, v.version, v.version = e.default_version as preset, v.trusted or not v.superuser as trusted
         from pg_catalog.pg_available_extension_versions v join pg_catalog.pg_available_extensions e on e.name = v.name`,
    ),
    localeProblem: await localeProblem(session, manifest),
    programProblem: await findClientProgram("pg_restore", session.serverMajor, {
      bin: postgres.bin,
      atLeast: manifest.client.major,
    }).then(
      () => undefined,
      (error: Error & { hint?: string }) => ({ text: error.message, cure: error.hint ?? "" }),
    ),
    scratchFree: await freeBytes(scratch),
    serverFree: await serverFree(session, postgres),
    live: await readLive(session, postgres, target, signal),
  };
}

async function readMe(session: Session): Promise<Me> {
  const [me] = await session.query<Omit<Me, "memberOf"> & { memberOf: string[] }>(
    `select rolname as name, rolsuper as superuser, rolcreatedb as createdb, rolcreaterole as createrole,
            rolbypassrls as bypassrls,
            array(select r.rolname::text from pg_catalog.pg_roles r where pg_catalog.pg_has_role(r.oid, 'member')) as "memberOf"
       from pg_catalog.pg_roles where rolname = current_user`,
  );
  if (me === undefined) throw new Error("the server does not know the role that is connected");
  return { ...me, memberOf: new Set(me.memberOf) };
}

async function freeBytes(folder: string): Promise<number> {
  // A folder that cannot be made or read is told by the step that writes there, with the reason.
  await mkdir(folder, { recursive: true }).catch(() => undefined);
  return statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => Number.POSITIVE_INFINITY,
  );
}

/** Postgres tells nobody how full its disk is; it can be looked up only where server and tool share a machine. */
async function serverFree(session: Session, { host }: PostgresConfig): Promise<number | undefined> {
  const here =
    host.startsWith("/") || host === "localhost" || (isIP(host) > 0 && (host.startsWith("127.") || host === "::1"));
  if (!here) return undefined;
  const [setting] = await session
    .query<{ path: string }>("select pg_catalog.current_setting('data_directory') as path")
    .catch(() => []);
  if (setting === undefined) return undefined;
  return statfs(setting.path).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => undefined,
  );
}

/** Asked of the server by making a collation of its own session, rolled back: its list of collations may be older than its libraries. */
async function localeProblem(session: Session, { server }: Manifest): Promise<string | undefined> {
  const { localeProvider, locale, collate, ctype, encoding } = server;
  const minimum = { libc: 0, icu: 15, builtin: 17 }[localeProvider];
  if (session.serverMajor < minimum)
    return `version ${session.serverVersion} has no locales of provider ${localeProvider}`;
  const [known] = await session.query("select where pg_catalog.pg_char_to_encoding($1) >= 0", [encoding]);
  if (known === undefined) return `it does not know encoding ${encoding}`;
  if (localeProvider === "builtin") return undefined;
  const definitions = [
    ...(localeProvider === "icu" && locale ? [`provider = icu, locale = ${escapeLiteral(locale)}`] : []),
    // Of a database in another encoding than this one they cannot be tried here; CREATE DATABASE tells then.
    ...[collate, ctype]
      .filter((name) => !["C", "POSIX"].includes(name))
      .map((name) => `provider = libc, locale = ${escapeLiteral(name)}`),
  ];
  for (const definition of definitions) {
    await session.query("begin");
    const problem = await session.query(`create collation pg_temp.golive_probe (${definition})`).then(
      () => undefined,
      (error: Error & { code?: string }) => error,
    );
    await session.query("rollback");
    // Undefined file: the system has no such locale. Other refusals (no right to make temporary objects) say nothing about it.
    if (problem && /could not (create locale|open collator)|no such|does not exist/i.test(problem.message))
      return problem.message;
  }
  return undefined;
}

async function readLive(
  session: Session,
  postgres: PostgresConfig,
  target: string,
  signal: AbortSignal,
): Promise<Live | undefined> {
  const [found] = await session.query<{
    owner: string;
    bytes: string;
    open: boolean;
    prepared: string[];
    slots: string[];
    subscriptions: string[];
  }>(
    `select pg_catalog.pg_get_userbyid(d.datdba) as owner, d.datallowconn as open,
            case when pg_catalog.has_database_privilege(d.oid, 'connect') then pg_catalog.pg_database_size(d.oid) else 0 end as bytes,
            array(select gid from pg_catalog.pg_prepared_xacts p where p.database = d.datname order by 1) as prepared,
            array(select slot_name::text from pg_catalog.pg_replication_slots s where s.database = d.datname order by 1) as slots,
            array(select subname::text from pg_catalog.pg_subscription s where s.subdbid = d.oid order by 1) as subscriptions
       from pg_catalog.pg_database d where d.datname = $1`,
    [target],
  );
  if (found === undefined) return undefined;
  const visitors = await readVisitors(session, [target]);
  const columns = found.open ? await readColumns(postgres, target, signal).catch(() => undefined) : undefined;
  return { ...found, bytes: Number(found.bytes), visitors, columns };
}

/** Tables as a dump has them: with the columns that COPY writes. */
async function readColumns(postgres: PostgresConfig, database: string, signal: AbortSignal): Promise<Columns> {
  await using live = await connect(postgres, database, signal);
  const rows = await live.query<{ schema: string; name: string; columns: string[] }>(
    `select n.nspname as schema, c.relname as name,
            array(select a.attname::text from pg_catalog.pg_attribute a
                   where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
                   order by a.attnum) as columns
       from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and c.relpersistence <> 't'
        and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
        and not exists (select from pg_catalog.pg_depend d
                         where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e')`,
  );
  return rows;
}
