import { GoliveError } from "@golive/errors/golive-error.ts";
import type { ServerFacts } from "../catalogue/manifest.ts";
import { readMigrationHead } from "./migration-head.ts";
import { type Ownership, readOwnership } from "./ownership.ts";
import type { Session } from "./session.ts";

/** Facts of a server and database at one snapshot, which pg_dump is told to read as well. */
export interface Snapshot extends Ownership {
  readonly server: ServerFacts;
  readonly migrationHead: string | null;
}

/** Begins a transaction that sees one moment for as long as it is open, and gives that moment a name. */
export async function takeSnapshot(session: Session, lockWaitSeconds: number): Promise<Snapshot> {
  await begin(session, lockWaitSeconds);
  const [exported] = await session.query<{ id: string }>("select pg_catalog.pg_export_snapshot() as id");
  const locale = session.serverMajor >= 17 ? "datlocale" : "daticulocale";
  const [provider, localeColumn] = session.serverMajor >= 15 ? ["datlocprovider", locale] : ["'c'", "null"];
  // Where the next record goes, not what is written: a commit with synchronous_commit off is seen before it is written.
  const [facts] = await session.query<{
    lsn: string;
    bytes: string;
    standby: boolean;
    system: string;
    timeline: number;
    encoding: string;
    provider: "c" | "i" | "b";
    collate: string;
    ctype: string;
    locale: string | null;
  }>(
    `select case when s.standby then pg_last_wal_replay_lsn() else pg_current_wal_insert_lsn() end::text as lsn, s.standby,
            (select system_identifier::text from pg_control_system()) as system,
            case when s.standby then coalesce((select received_tli from pg_stat_wal_receiver), (select timeline_id from pg_control_checkpoint()))
                 else ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int end as timeline,
            pg_database_size(oid) as bytes, pg_encoding_to_char(encoding) as encoding, ${provider} as provider,
            datcollate as collate, datctype as ctype, ${localeColumn} as locale
       from pg_database, (select pg_is_in_recovery() as standby offset 0) s where datname = current_database()`,
  );
  if (!exported || !facts) throw new Error("the server told no facts about its own database");
  const extensions = await session.query<{ name: string; version: string }>(
    `select extname as name, extversion as version from pg_extension order by extname collate "C"`,
  );
  return {
    server: {
      version: session.serverVersion,
      major: session.serverMajor,
      systemIdentifier: facts.system,
      timeline: facts.timeline,
      standby: facts.standby,
      lsn: facts.lsn,
      snapshot: exported.id,
      databaseBytes: Number(facts.bytes),
      encoding: facts.encoding,
      localeProvider: ({ c: "libc", i: "icu", b: "builtin" } as const)[facts.provider],
      collate: facts.collate,
      ctype: facts.ctype,
      locale: facts.locale,
      extensions,
    },
    migrationHead: await readMigrationHead(session),
    ...(await readOwnership(session)),
  };
}

/** Lets another session see the moment of a snapshot, for as long as the session that took it lives. */
export async function joinSnapshot(session: Session, snapshot: string, lockWaitSeconds: number): Promise<void> {
  if (!/^[0-9A-F-]+$/.test(snapshot))
    throw new GoliveError("INTERNAL", `${snapshot} is no name of a snapshot`, "Run it again with --debug.");
  await begin(session, lockWaitSeconds);
  await session.query(`set transaction snapshot '${snapshot}'`);
  // One backend beside pg_dump's: the application needs the other processors.
  await session.query("set local max_parallel_workers_per_gather = 0");
}

async function begin(session: Session, lockWaitSeconds: number): Promise<void> {
  await session.query("begin transaction isolation level repeatable read, read only");
  await session.query(`set local lock_timeout = '${lockWaitSeconds}s'`);
}
