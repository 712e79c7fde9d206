import { GoliveError } from "@golive/errors/golive-error.ts";
import type { FileFacts, Manifest } from "../catalogue/manifest.ts";
import { blocker } from "../postgres/blocker.ts";
import { type Child, howItEnded, startChild } from "../postgres/child.ts";
import type { ClientProgram } from "../postgres/client-program.ts";
import type { Contents } from "../postgres/contents.ts";
import { watchLocks } from "../postgres/lock-watch.ts";
import { scopeArgs } from "../postgres/schema-hash.ts";
import { connect, type Session } from "../postgres/session.ts";
import { joinSnapshot } from "../postgres/snapshot.ts";
import type { Source } from "../postgres/standby.ts";
import { ByteProgress } from "../progress.ts";
import { magic } from "../restore/toc.ts";
import { ArchiveHead } from "./archive-head.ts";
import type { Destinations } from "./destinations.ts";
import { dumpContents } from "./dump-contents.ts";
import { sealInto } from "./pipeline.ts";
import type { BackupWorld } from "./take-backup.ts";

export interface DumpOptions {
  readonly source: Source;
  /** Holds the lock of the run. */
  readonly primary: Session;
  readonly program: ClientProgram;
  readonly snapshot: string;
  /** Of the database. The archive is written in it, whatever the role's sessions are told to speak. */
  readonly encoding: string;
  readonly scope: Manifest["scope"];
  readonly key: string;
  readonly destinations: Destinations;
  /** What others still read in the snapshot: it must not end before they have. */
  readonly beside: Promise<unknown>;
}

export interface Dumped {
  readonly file: FileFacts;
  readonly contents: Contents;
  readonly warnings: string[];
}

/**
 * Streams pg_dump into every destination while a second session counts and hashes the same snapshot. The upload is finished after
 * three things: pg_dump's exit status, the contents, and the commit of our sessions, which proves that lock and snapshot lasted.
 */
export async function dumpDatabase(world: BackupWorld, options: DumpOptions): Promise<Dumped> {
  const { source, primary, program, key, destinations, scope } = options;
  const { config } = source;
  await using proof = await connect(config, config.database, world.signal);
  await joinSnapshot(proof, options.snapshot, config.lockWaitSeconds);
  // Opened first: a child that waits for its target would hold its locks on every table.
  const upload = await destinations.open(key);
  let copying: Promise<unknown> = Promise.resolve();
  try {
    await using child = startChild(program.path, dumpArgs(options), config, config.database, {
      client_encoding: options.encoding,
    });
    const head = new ArchiveHead();
    const copied = sealInto(output(child, head, world), world.recipients, upload.write);
    copying = copied;
    const reading = head.toc.then((toc) =>
      dumpContents(proof, toc, { whole: scope.whole, largeObjects: scope.include.length === 0 }),
    );
    // Whichever fails first ends the others.
    const lost = [primary.lost, source.session.lost, proof.lost];
    const [sums, contents] = await unblocked(source, Promise.race([Promise.all([copied, reading]), ...lost]));
    const warnings = child
      .stderr()
      .split("\n")
      .filter((line) => line !== "");
    // A small dump may be over before a busy machine has started them.
    await Promise.race([options.beside, ...lost]);
    await Promise.race([Promise.all([proof.query("commit"), source.session.query("commit")]), ...lost]);
    await primary.query("select");
    await upload.commit();
    return { file: { key, ...sums }, contents, warnings };
  } catch (error) {
    await copying.catch(() => undefined);
    await upload.abort();
    throw await withBlocker(error, source.session);
  }
}

/** The same, unless pg_dump waits longer for a lock than it may. */
async function unblocked<T>({ session, config }: Source, work: Promise<T>): Promise<T> {
  await using watch = watchLocks(session, config.lockWaitSeconds);
  return await Promise.race([work, watch.blocked]);
}

/** Uncompressed, because zstd outside of pg_dump is faster than gzip in it, and in every version. */
export function dumpArgs({
  snapshot,
  scope,
  source,
}: Pick<DumpOptions, "snapshot" | "scope"> & { source: { config: { lockWaitSeconds: number } } }): string[] {
  return [
    "--format=custom",
    "--compress=0",
    `--snapshot=${snapshot}`,
    `--lock-wait-timeout=${source.config.lockWaitSeconds * 1000}`,
    "--no-password",
    ...scopeArgs(scope),
  ];
}

/** Every byte of the child's output, and then its exit status: the end of the output is not success. */
async function* output(child: Child, head: ArchiveHead, { report }: BackupWorld): AsyncGenerator<Buffer> {
  using progress = new ByteProgress(report, "dump");
  let begin = "";
  for await (const chunk of child.process.stdout as AsyncIterable<Buffer>) {
    if (progress.bytes === 0) begin = chunk.toString("latin1", 0, magic.length);
    progress.add(chunk.length);
    head.add(chunk);
    yield chunk;
  }
  const ended = await child.ended;
  if (ended.code !== 0)
    throw new GoliveError(
      "BACKUP_FAILED",
      howItEnded("pg_dump", ended, child.stderr()),
      "No backup was made, older ones are as they were. Cure the cause and run the same command again.",
    );
  if (begin !== magic)
    throw new GoliveError(
      "BACKUP_FAILED",
      `pg_dump ended well after ${progress.bytes} bytes that are no archive`,
      "Check that PG_BIN names a real pg_dump.",
    );
  head.end();
}

/** Of a wait that was given up, people want to know who made us wait. */
async function withBlocker(error: unknown, session: Session): Promise<unknown> {
  // pg_dump quotes its statement, whatever language the server speaks.
  if (!(error instanceof GoliveError) || !/LOCK TABLE|lock timeout|for a lock/.test(error.message)) return error;
  const who = await blocker(session);
  if (who === undefined) return error;
  return new GoliveError(
    error.code,
    `${error.message}; ${who}`,
    "Wait for it or end it (select pg_terminate_backend(<process>), or rollback prepared '<name>'), then run the same command again.",
    { cause: error },
  );
}
