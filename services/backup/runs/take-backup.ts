import { Readable } from "node:stream";
import { newBackupId } from "../catalogue/backup-id.ts";
import { type Complete, readCatalogue } from "../catalogue/catalogue.ts";
import { type BackupName, keyOf } from "../catalogue/keys.ts";
import { type FileFacts, type Manifest, writeManifest } from "../catalogue/manifest.ts";
import type { PostgresConfig } from "../config/postgres.ts";
import { encryptionFormat } from "../encryption/age.ts";
import { type ClientProgram, findClientProgram } from "../postgres/client-program.ts";
import { dumpGaps } from "../postgres/dump-gaps.ts";
import { takeLock } from "../postgres/lock.ts";
import { outdatedClient } from "../postgres/patched-client.ts";
import { schemaHash, schemaSql } from "../postgres/schema-hash.ts";
import { connect, type Session } from "../postgres/session.ts";
import { type Snapshot, takeSnapshot } from "../postgres/snapshot.ts";
import { type Source, standbySource } from "../postgres/standby.ts";
import type { Report } from "../progress.ts";
import type { Signer, TrustedKeys } from "../signing/envelope.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { tool } from "../tool.ts";
import { anomaliesOf } from "./anomalies.ts";
import { Destinations } from "./destinations.ts";
import { dumpDatabase } from "./dump-database.ts";
import { type Globals, readGlobals } from "./globals.ts";
import { sealInto } from "./pipeline.ts";
import { mergeCopies } from "./predecessors.ts";
import { requireRoom } from "./require-room.ts";

export interface BackupWorld {
  readonly postgres: PostgresConfig;
  /** Destinations: a run succeeds when each of them has the backup. */
  readonly stores: readonly ObjectStore[];
  /** age recipients; the job holds no identity. */
  readonly recipients: readonly string[];
  readonly signer: Signer;
  /** Whose manifests count among those that are there already. */
  readonly trusted: TrustedKeys;
  readonly now: () => Date;
  readonly report: Report;
  readonly signal: AbortSignal;
}

export interface BackupOptions {
  /** @default the database of `world.postgres` */
  readonly database?: string;
  /** @default "scheduled" */
  readonly reason?: Manifest["reason"];
  /** Patterns of pg_dump's --table and --exclude-table. With any, the backup is not of the whole database. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

/** All that stays the same when a standby fails and the primary is read instead. */
interface Run {
  readonly world: BackupWorld;
  readonly postgres: PostgresConfig;
  readonly destinations: Destinations;
  readonly program: ClientProgram;
  readonly primary: Session;
  readonly scope: Manifest["scope"];
  readonly reason: Manifest["reason"];
  /** Of this database, whatever their reason. */
  readonly earlier: readonly Complete[];
  readonly warnings: string[];
}

/**
 * Dumps a database straight into every store. What makes it a backup is the signed manifest, and that comes last: after pg_dump has
 * ended well, its contents are counted and hashed in the same snapshot, and the whole dump lies in the store.
 *
 * @returns the manifest of the first store that has it.
 * @throws BACKUP_FAILED also when one store of several has no backup; the message tells which has.
 */
export async function takeBackup(world: BackupWorld, options: BackupOptions = {}): Promise<Manifest> {
  const { signal, report, stores } = world;
  const postgres = { ...world.postgres, database: options.database ?? world.postgres.database };
  const [include, exclude] = [[...(options.include ?? [])], [...(options.exclude ?? [])]];
  const { database } = postgres;
  await using primary = await connect(postgres, database, signal);
  const program = await findClientProgram("pg_dump", primary.serverMajor, { bin: postgres.bin });
  const destinations = new Destinations(stores, world);
  await destinations.each((store) => store.reach());
  await takeLock(primary, `backup of database ${JSON.stringify(database)}`);
  const scope = { include, exclude, whole: include.length + exclude.length === 0 };
  const catalogues = await destinations.each(async (store) => {
    const entries = await readCatalogue(store, { trusted: world.trusted, database });
    await requireRoom(store, entries, scope);
    return entries;
  });
  const warnings: string[] = [];
  const warn = (text: string): void => {
    report(`warning: ${text}`);
    warnings.push(text);
  };
  if (program.major >= 17 && primary.serverMajor < 17)
    warn(`pg_dump ${program.version} is newer than the server; what it writes is for servers of version 17 and newer`);
  const outdated = outdatedClient("pg_dump", program);
  if (outdated !== undefined) warn(outdated);
  if (include.length > 0) warn("large objects are left out, as they belong to no table");
  const run: Run = {
    world,
    postgres,
    destinations,
    program,
    primary,
    scope,
    reason: options.reason ?? "scheduled",
    earlier: mergeCopies(catalogues.flat().filter((entry) => entry.state === "complete")),
    warnings,
  };
  const standby = await standbySource(primary, postgres, { signal, warn });
  const manifest = await (standby
    ? fromStandby(run, standby, warn)
    : attempt(run, { config: postgres, session: primary }));
  destinations.assertComplete(`backup ${manifest.id} of database ${JSON.stringify(database)}`);
  return manifest;
}

/** A standby ends queries that stand in the way of its replay, and is the first to go in a failover. */
async function fromStandby(run: Run, source: Source, warn: Report): Promise<Manifest> {
  const { world, postgres, primary, destinations } = run;
  try {
    await using _ = source.session;
    return await attempt(run, source);
  } catch (error) {
    world.signal.throwIfAborted();
    if (!destinations.working) throw error;
    warn(`reading from the standby failed: ${(error as Error).message}; reading from the primary`);
    return attempt(run, { config: postgres, session: primary });
  }
}

async function attempt(run: Run, source: Source): Promise<Manifest> {
  const { world, destinations, program, scope, primary } = run;
  const { report, now } = world;
  const { database } = source.config;
  const snapshot = await takeSnapshot(source.session, source.config.lockWaitSeconds);
  const gaps = await dumpGaps(source.session);
  const started = now();
  const name: BackupName = { database, id: newBackupId(started) };
  report(
    `backup ${name.id} of database ${JSON.stringify(database)}: pg_dump ${program.version}, server ${source.session.serverVersion}${snapshot.server.standby ? ", standby" : ""}`,
  );
  // Both are small, and mostly ready long before the dump is.
  const ending = new AbortController();
  const beside = besides(run, source, snapshot, AbortSignal.any([world.signal, ending.signal]));
  beside.catch(() => undefined);
  const key = keyOf(name, "dump");
  const options = {
    source,
    primary,
    program,
    snapshot: snapshot.server.snapshot,
    encoding: snapshot.server.encoding,
    scope,
    key,
    destinations,
    beside,
  };
  const dump = await dumpDatabase(world, options).catch(async (error: unknown) => {
    ending.abort();
    await beside.catch(() => undefined);
    throw error;
  });
  const [schema, globals] = await beside;
  const stored = "sql" in globals ? await storeGlobals(run, keyOf(name, "globals"), globals.sql) : null;
  const warnings = [
    ...run.warnings,
    ...("refused" in globals ? [`roles and tablespaces are not in the backup: ${globals.refused}`] : []),
    ...dump.warnings,
    ...gaps,
  ];
  const sequence = 1 + Math.max(0, ...run.earlier.map(({ manifest }) => manifest.sequence));
  const manifest: Manifest = {
    version: 1,
    ...name,
    sequence,
    reason: run.reason,
    started: started.toISOString(),
    finished: now().toISOString(),
    scope,
    dump: dump.file,
    globals: stored,
    compression: "zstd",
    encryption: { format: encryptionFormat, recipients: [...world.recipients] },
    server: snapshot.server,
    client: { version: program.version, major: program.major },
    schemaHash: schemaHash(schema),
    migrationHead: snapshot.migrationHead,
    databaseSettings: snapshot.databaseSettings,
    owner: snapshot.owner,
    roles: snapshot.roles,
    tablespaces: snapshot.tablespaces,
    tables: [...dump.contents.tables],
    sequences: [...dump.contents.sequences],
    largeObjects: dump.contents.largeObjects,
    warnings,
    anomalies: anomaliesOf(
      { sequence, scope, reason: run.reason, tables: [...dump.contents.tables], dump: dump.file },
      run.earlier,
    ),
    retainUntil: null,
    tool,
  };
  const written = await destinations.each(async (store) => {
    const until = await store.lockedUntil(key);
    const own = { ...manifest, retainUntil: until?.toISOString() ?? null };
    await store.putNew(keyOf(name, "manifest"), writeManifest(own, world.signer));
    return own;
  });
  return written[0] ?? manifest;
}

/** Schema and globals, read by children of their own while the dump runs. Settles when both children are gone. */
async function besides(
  { program, scope }: Run,
  { config, session }: Source,
  { server: { snapshot, encoding } }: Snapshot,
  signal: AbortSignal,
): Promise<[string, Globals]> {
  const options = { ...scope, snapshot, encoding, lockWaitSeconds: config.lockWaitSeconds, signal };
  const schema = schemaSql(program, config, config.database, options);
  const globals = readGlobals(config, session.serverMajor, signal);
  await Promise.allSettled([schema, globals]);
  return Promise.all([schema, globals]);
}

async function storeGlobals({ world, destinations }: Run, key: string, sql: Buffer): Promise<FileFacts> {
  const upload = await destinations.open(key);
  try {
    const facts = await sealInto(Readable.from([sql]), world.recipients, upload.write);
    await upload.commit();
    return { key, ...facts };
  } catch (error) {
    await upload.abort();
    throw error;
  }
}
