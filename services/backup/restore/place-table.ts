import { GoliveError } from "@golive/errors/golive-error.ts";
import { escapeIdentifier } from "pg";
import type { Manifest } from "../catalogue/manifest.ts";
import type { PostgresConfig } from "../config/postgres.ts";
import { howItEnded, startChild } from "../postgres/child.ts";
import { findClientProgram } from "../postgres/client-program.ts";
import { readContents } from "../postgres/contents.ts";
import { relationName } from "../postgres/relation-name.ts";
import { connect, type Session } from "../postgres/session.ts";
import type { Report } from "../progress.ts";
import { restoreArgs } from "./load-archive.ts";
import type { RelationId } from "./part.ts";
import { RestoreError } from "./restore-error.ts";

/** A table of the backup, and what its copy beside the live one is called. */
export interface TableCopy {
  readonly from: RelationId;
  readonly as: RelationId;
}

interface PlaceWorld {
  readonly postgres: PostgresConfig;
  readonly report: Report;
  readonly signal: AbortSignal;
}

export interface Place {
  /** Where the table is restored already. */
  readonly scratch: string;
  /** Database in use that gets the copy. */
  readonly database: string;
  readonly copy: TableCopy;
  readonly manifest: Manifest;
}

/**
 * Puts the rows of one restored table into a database in use, as a plain table: columns, types and rows, and no keys, triggers,
 * defaults or rights, so that it can neither change nor hold up anything there. From there `insert … select` is yours. All in one
 * transaction; the live table is not touched, nor locked.
 *
 * @throws RESTORE_TARGET_EXISTS, RESTORE_REFUSED, RESTORE_MISMATCH
 */
export async function placeTable(world: PlaceWorld, place: Place): Promise<void> {
  const { postgres, report, signal } = world;
  const { scratch, database, copy } = place;
  await using live = await connect(postgres, database, signal);
  await assertFree(live, database, copy.as);
  await using source = await connect(postgres, scratch, signal);
  const from = quoted(copy.from);
  await source.query(`create schema if not exists ${escapeIdentifier(copy.as.schema)}`);
  await source.query(`create table ${quoted(copy.as)} as table ${from}`);
  report(`copying ${relationName(copy.from)} into ${JSON.stringify(database)} as ${relationName(copy.as)}`);
  await transfer(world, place, source.serverMajor);
  await compare(live, source, place);
  await handOver(live, copy);
}

/**
 * To whom the live table is, or else the database. What stays the restoring role's would make every later backup name that role as an
 * owner, and no restore may take it.
 */
async function handOver(live: Session, { from, as }: TableCopy): Promise<void> {
  const [found] = await live.query<{ owner: string }>(
    `select pg_catalog.pg_get_userbyid(coalesce(
       (select c.relowner from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
         where n.nspname = $1 and c.relname = $2),
       (select d.datdba from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()))) as owner`,
    [from.schema, from.name],
  );
  if (found) await live.query(`alter table ${quoted(as)} owner to ${escapeIdentifier(found.owner)}`);
}

const quoted = ({ schema, name }: RelationId): string => `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;

export async function assertFree(live: Session, database: string, { schema, name }: RelationId): Promise<void> {
  const [found] = await live.query<{ schema: boolean; table: boolean }>(
    `select exists (select from pg_catalog.pg_namespace where nspname = $1) as schema,
            exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                     where n.nspname = $1 and c.relname = $2) as table`,
    [schema, name],
  );
  if (!found?.schema)
    throw new GoliveError(
      "RESTORE_REFUSED",
      `database ${JSON.stringify(database)} has no schema ${JSON.stringify(schema)}`,
      "Make it first, or name another one with --as.",
    );
  if (found.table)
    throw new GoliveError(
      "RESTORE_TARGET_EXISTS",
      `there is a ${relationName({ schema, name })} in database ${JSON.stringify(database)} already`,
      "Name another one with --as; nothing was touched.",
    );
}

/** pg_dump of the one table straight into pg_restore; either's failure rolls the transaction back or is told. */
async function transfer(
  { postgres, signal }: PlaceWorld,
  { scratch, database, copy }: Place,
  major: number,
): Promise<void> {
  const [dumper, restorer] = await Promise.all([
    findClientProgram("pg_dump", major, { bin: postgres.bin }),
    findClientProgram("pg_restore", major, { bin: postgres.bin }),
  ]);
  const pattern = [copy.as.schema, copy.as.name].map((part) => `"${part.replaceAll('"', '""')}"`).join(".");
  const dumpArgs = [
    "--format=custom",
    "--compress=0",
    "--no-owner",
    "--no-privileges",
    "--no-password",
    `--table=${pattern}`,
  ];
  const loadArgs = [
    ...restoreArgs(database, { owners: false, rights: false, tablespaces: false }, 1),
    "--single-transaction",
  ];
  await using dump = startChild(dumper.path, dumpArgs, postgres, scratch);
  await using load = startChild(restorer.path, loadArgs, postgres, database, { default_transaction_read_only: "off" });
  load.process.stdout?.resume();
  const [out, into] = [dump.process.stdout, load.process.stdin];
  if (out === null || into === null) throw new Error("the programs have no pipes");
  out.pipe(into);
  const stop = (): void => {
    dump.process.kill("SIGTERM");
    load.process.kill("SIGTERM");
  };
  signal.addEventListener("abort", stop, { once: true });
  // A pg_restore that ends early leaves pg_dump waiting for a reader.
  load.ended.then(() => out.resume());
  const [dumped, loaded] = await Promise.all([dump.ended, load.ended]).finally(() =>
    signal.removeEventListener("abort", stop),
  );
  signal.throwIfAborted();
  for (const [name, ended, child] of [
    ["pg_dump", dumped, dump],
    ["pg_restore", loaded, load],
  ] as const)
    if (ended.code !== 0)
      throw new GoliveError(
        "BACKUP_FAILED",
        `the table was not copied: ${howItEnded(name, ended, child.stderr())}`,
        "Nothing was changed. A type of a column may be missing in the live database; then use --into.",
      );
}

async function compare(live: Session, source: Session, { copy, manifest, database }: Place): Promise<void> {
  const [here] = (await readContents(live, { only: [copy.as] })).tables;
  const said = manifest.tables.find(({ schema, name }) => schema === copy.from.schema && name === copy.from.name);
  // A partitioned table has no rows and no hash of its own: then the copy in the scratch database, whose partitions were compared, counts.
  const wanted = said ?? (await readContents(source, { only: [copy.as] })).tables[0];
  if (here !== undefined && wanted !== undefined && here.rows === wanted.rows && here.hash === wanted.hash) return;
  await live.query(`drop table if exists ${quoted(copy.as)}`);
  throw new RestoreError(
    "RESTORE_MISMATCH",
    `the copy of ${relationName(copy.from)} in ${JSON.stringify(database)} has ${here?.rows ?? "no"} rows and other content than the backup's ${wanted?.rows ?? "none"}`,
    "It was dropped again. Restore the table into a new database with --into.",
    { expected: wanted, found: here },
  );
}
