import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";
import type { Manifest } from "../catalogue/manifest.ts";
import type { PostgresConfig } from "../config/postgres.ts";
import { bytesText } from "../format.ts";
import { howItEnded, startChild } from "../postgres/child.ts";
import { type ClientProgram, findClientProgram } from "../postgres/client-program.ts";
import type { Difference } from "../postgres/contents.ts";
import { outdatedClient } from "../postgres/patched-client.ts";
import { connect } from "../postgres/session.ts";
import { type Complaints, type FailedObject, readComplaints } from "./failed-objects.ts";
import { listed, RestoreError } from "./restore-error.ts";
import { type FetchWorld, fetchArchive } from "./scratch-file.ts";
import type { Toc, TocEntry } from "./toc.ts";

export interface LoadWorld extends FetchWorld {
  /** The server that takes the rows. */
  readonly postgres: PostgresConfig;
}

export interface LoadOptions {
  /** Tables side by side. @default the processors of this machine */
  readonly jobs?: number | undefined;
  /** Objects belong to whom they belonged to. @default true */
  readonly owners?: boolean | undefined;
  /** Rights of other roles. @default true */
  readonly rights?: boolean | undefined;
  /** @default true */
  readonly tablespaces?: boolean | undefined;
  /** @default true */
  readonly publications?: boolean | undefined;
  /** They come disabled and connect to nothing. @default true */
  readonly subscriptions?: boolean | undefined;
  /** Works as this role, which the connected one must be a member of. */
  readonly role?: string | undefined;
  /** A part of the archive alone. */
  readonly only?: ((entries: readonly TocEntry[]) => ReadonlySet<number>) | undefined;
}

export interface Loaded {
  readonly failed: readonly FailedObject[];
  readonly warnings: readonly string[];
  readonly seconds: { readonly fetch: number; readonly restore: number };
  /** Of the plain archive. */
  readonly bytes: number;
  readonly jobs: number;
  readonly toc: Toc | undefined;
}

/** Below this, starting workers costs more than they save; and one worker restores in the archive's own order. */
const smallBytes = 32e6;

/**
 * Fetches a backup's archive and loads it into an empty database. Objects that the server does not take are listed and the rest is
 * restored all the same: whoever restores learns of all faults at once, and decides. Never psql: an archive is data here, and
 * nothing in it can reach a shell.
 *
 * @throws BACKUP_DAMAGED, BACKUP_UNDECRYPTABLE, TOOL_MISSING, DISK_FULL; BACKUP_FAILED when pg_restore did not get to its end
 */
export async function loadArchive(
  world: LoadWorld,
  manifest: Manifest,
  database: string,
  options: LoadOptions = {},
): Promise<Loaded> {
  const { postgres, report, signal } = world;
  const { program, settings } = await restoreProgram(world, manifest, database);
  const begun = performance.now();
  report(`fetching ${bytesText(manifest.dump.bytes)} of backup ${manifest.id}`);
  await using file = await fetchArchive(world, manifest.dump);
  const fetched = performance.now();
  const jobs = file.bytes < smallBytes ? 1 : (options.jobs ?? availableParallelism());
  report(`restoring ${bytesText(file.bytes)} with ${jobs} ${jobs === 1 ? "process" : "processes"}`);
  const chosen = options.only === undefined ? undefined : partOf(file.toc, options.only);
  await using list = chosen === undefined ? undefined : await listFile(world.scratch, chosen);
  const args = [...restoreArgs(database, options, jobs), ...(list ? [`--use-list=${list.path}`] : []), file.path];
  const outdated = outdatedClient("pg_restore", program);
  const complaints = await runRestore(program, args, postgres, database, { toc: file.toc, settings, signal });
  return {
    failed: complaints.failed,
    warnings: [...(outdated === undefined ? [] : [outdated]), ...complaints.warnings],
    seconds: { fetch: (fetched - begun) / 1000, restore: (performance.now() - fetched) / 1000 },
    bytes: file.bytes,
    jobs,
    toc: file.toc,
  };
}

/** @throws RESTORE_MISMATCH that names them, when there are any */
export function refuseFailed(failed: readonly FailedObject[], differences: readonly Difference[] = []): void {
  if (failed.length === 0) return;
  const lines = failed.map(({ kind, name, cause }) => `${kind} ${name}: ${cause}`);
  throw new RestoreError(
    "RESTORE_MISMATCH",
    `${failed.length} ${failed.length === 1 ? "object was" : "objects were"} not restored: ${listed(lines)}`,
    cureOf(failed),
    { failed, differences },
  );
}

function cureOf(failed: readonly FailedObject[]): string {
  // An index or a view may call such a function, too.
  if (failed.some(({ kind, cause }) => kind.endsWith(" DATA") || /\bin (SQL|PL\/\w+) function\b/.test(cause)))
    return (
      "Nothing was replaced. Functions that views and constraints call see no search_path in a restore, and rows of other tables " +
      "may not be there yet: in the original, write `alter function … set search_path = public` or qualify the names, then back up again."
    );
  return "Nothing was replaced. Cure what the server names (a missing extension, role or right), and run the same command again.";
}

/** pg_restore of the archive's version or newer; what a newer one says to an older server is known and tolerated. */
async function restoreProgram(
  world: LoadWorld,
  manifest: Manifest,
  database: string,
): Promise<{ program: ClientProgram; settings: Readonly<Record<string, string>> }> {
  await using session = await connect(world.postgres, database, world.signal);
  const program = await findClientProgram("pg_restore", session.serverMajor, {
    bin: world.postgres.bin,
    atLeast: manifest.client.major,
  });
  // Of several workers, one that waits for another's table is idle. Older servers do not know the setting.
  return { program, settings: session.serverMajor >= 14 ? { idle_session_timeout: "0" } : {} };
}

export function restoreArgs(database: string, options: LoadOptions, jobs: number): string[] {
  const without = (given: boolean | undefined, flag: string) => (given === false ? [flag] : []);
  return [
    ...without(options.owners, "--no-owner"),
    ...without(options.rights, "--no-privileges"),
    ...without(options.tablespaces, "--no-tablespaces"),
    ...without(options.publications, "--no-publications"),
    ...without(options.subscriptions, "--no-subscriptions"),
    ...(options.role === undefined ? [] : [`--role=${options.role}`]),
    ...(jobs > 1 ? [`--jobs=${jobs}`] : []),
    "--format=custom",
    "--no-password",
    // As a connection string with the name quoted: a name with "=" would itself be read as one.
    `--dbname=dbname=${conninfoValue(database)}`,
  ];
}

const conninfoValue = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

function partOf(toc: Toc | undefined, only: NonNullable<LoadOptions["only"]>): string {
  if (toc === undefined)
    throw new GoliveError(
      "BACKUP_FAILED",
      "the archive's list of contents cannot be read here, so no part of it can be chosen",
      "Restore the whole backup with --into, and take the part from there.",
    );
  const chosen = only(toc.entries);
  return toc.entries.flatMap(({ dumpId }) => (chosen.has(dumpId) ? [`${dumpId};`] : [])).join("\n");
}

/** Numbers of entries, in a file because pg_restore takes them from nowhere else. */
async function listFile(scratch: string, numbers: string): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(join(scratch, "golive-restore-"));
  const path = join(folder, "list");
  await writeFile(path, numbers);
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** The last of what it says; an archive with more faults than fit is not worth the rest of the list. */
const mostStderr = 4e6;
const mostErrors = 1000;

async function runRestore(
  program: ClientProgram,
  args: readonly string[],
  postgres: PostgresConfig,
  database: string,
  { toc, settings, signal }: { toc: Toc | undefined; settings: Readonly<Record<string, string>>; signal: AbortSignal },
): Promise<Complaints> {
  signal.throwIfAborted();
  await using child = startChild(program.path, args, postgres, database, { ...loadSettings, ...settings });
  let stderr = "";
  let errors = 0;
  child.process.stderr?.on("data", (text: string) => {
    errors += text.split("pg_restore: error: ").length - 1;
    if (stderr.length < mostStderr) stderr += text;
    if (errors > mostErrors) child.process.kill("SIGTERM");
  });
  child.process.stdout?.resume();
  child.process.stdin?.end();
  const stop = () => void child.process.kill("SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  const ended = await child.ended.finally(() => signal.removeEventListener("abort", stop));
  signal.throwIfAborted();
  const complaints = readComplaints(stderr, toc?.entries ?? []);
  const explained = complaints.failed.length + complaints.tolerated > 0;
  // 1 is its word for "done, with errors"; without an error that was told, or with another end, it is not done.
  if (ended.code === 0 || (ended.code === 1 && explained && stderr.includes("errors ignored on restore")))
    return complaints;
  if (errors > mostErrors) return complaints;
  const said = explained
    ? listed(complaints.failed.map(({ kind, name, cause }) => `${kind} ${name}: ${cause}`))
    : child.stderr();
  throw new GoliveError(
    "BACKUP_FAILED",
    howItEnded("pg_restore", ended, said),
    "The archive is whole; cure what pg_restore names and run the same command again.",
  );
}

/** A commit need not wait for the disk, because the commit that gives the database its name waits for all before it. */
const loadSettings = {
  synchronous_commit: "off",
  default_transaction_read_only: "off",
  jit: "off",
} as const;
