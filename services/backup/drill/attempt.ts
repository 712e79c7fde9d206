import { type Manifest, totalRows } from "../catalogue/manifest.ts";
import { findClientProgram } from "../postgres/client-program.ts";
import { compareContents, type Difference, readContents } from "../postgres/contents.ts";
import { schemaHash, schemaSql } from "../postgres/schema-hash.ts";
import { connect, type Session } from "../postgres/session.ts";
import { createLike } from "../restore/create-like.ts";
import { type Loaded, loadArchive, refuseFailed } from "../restore/load-archive.ts";
import { openFile } from "../runs/open-dump.ts";
import type { DrillWorld } from "./drill.ts";
import { drillFailed } from "./drill-failure.ts";
import { goldenProblem } from "./golden.ts";
import { checkInvariants, type InvariantResult, invariantsFor } from "./invariants.ts";
import { checkParity, localeDifferences } from "./parity.ts";
import { openerOf } from "./recipient.ts";
import { createRoles, roleFacts } from "./roles.ts";
import { makeScratchFolder, removeLeftovers, type ScratchFolder } from "./scratch-folder.ts";
import { drawSequences } from "./sequences.ts";
import { checkSpace } from "./space.ts";
import { findServerPrograms, serverOwner, startThrowawayServer, type ThrowawayServer } from "./throwaway-server.ts";
import { blameFor, failed, passed, problemOf, type Verdict } from "./verdict.ts";

type Step = "start" | "fetch" | "restore" | "compare" | "invariants";

/** What has been found so far; filled on the way, so that a drill that stops half-way can still tell. */
export interface Findings {
  /** Seconds. */
  readonly phases: Partial<Record<Step, number>>;
  readonly warnings: string[];
  tables: number;
  rows: number;
  differences: readonly string[];
  invariants: readonly InvariantResult[];
  serverVersion?: string;
  recipient?: string;
}

/** What the steps of one attempt share. */
export interface Bench {
  readonly world: DrillWorld;
  readonly folder: ScratchFolder;
  readonly server: ThrowawayServer;
  /** The one identity in use. */
  readonly identities: readonly string[];
}

/** One backup in one throwaway server, from an empty folder to a verdict. Whatever comes of it, nothing is left. */
export async function attempt(world: DrillWorld, manifest: Manifest, findings: Findings): Promise<Verdict> {
  const { config, report, signal } = world;
  const { identity, recipient } = await openerOf(manifest, world.identities);
  findings.recipient = recipient;
  const invariants = await invariantsFor(config, manifest.database);
  const programs = findServerPrograms(config.serverPrograms, manifest.server.major);
  const owner = await serverOwner(config.user);
  await removeLeftovers(config.scratch, report);
  await using folder = await makeScratchFolder(config.scratch, owner);
  await checkSpace(folder.path, manifest);
  await using server = await timed(findings, "start", () => startThrowawayServer({ folder, programs, owner, signal }));
  findings.serverVersion = server.version;
  const bench: Bench = { world, folder, server, identities: [identity] };

  const verdict = await prove(bench, manifest, findings, invariants).catch((error: unknown): Verdict => {
    signal.throwIfAborted();
    return failed(blameFor(error), problemOf(error));
  });
  if (verdict.blame !== "backup") return verdict;
  report("it is red; restoring a backup that is known to be good, to see whether the drill is at fault");
  const fault = await goldenProblem(bench);
  signal.throwIfAborted();
  if (fault === undefined) return verdict;
  return failed(
    "drill",
    `a backup that is known to be good does not restore here either: ${fault}; this one: ${verdict.problem}`,
  );
}

async function prove(
  bench: Bench,
  manifest: Manifest,
  findings: Findings,
  invariants: Parameters<typeof checkInvariants>[1],
): Promise<Verdict> {
  const { report, signal, config } = bench.world;
  const copy = { ...bench.server.postgres, database: copyName(manifest.database) };
  const globals = await timed(findings, "fetch", () => readGlobals(bench, manifest));
  await prepare(bench, manifest, copy.database, globals, findings);

  const loaded = await load(bench, manifest, copy.database);
  findings.phases.fetch = (findings.phases.fetch ?? 0) + loaded.seconds.fetch;
  findings.phases.restore = loaded.seconds.restore;
  findings.warnings.push(...loaded.warnings);

  await using session = await connect(copy, copy.database, signal);
  report("comparing every table, sequence and large object with the manifest");
  findings.differences = await timed(findings, "compare", () => compare(bench, session, manifest, findings));
  if (findings.differences.length > 0) return failed("backup", summary(findings.differences));

  findings.invariants = await timed(findings, "invariants", () =>
    checkInvariants(session, invariants, { seconds: config.invariantSeconds, report }),
  );
  // Last, because the copy is not what it was afterwards.
  findings.differences = await timed(findings, "compare", () => drawSequences(session, manifest.sequences));
  if (findings.differences.length > 0) return failed("backup", summary(findings.differences));
  return invariantVerdict(findings.invariants);
}

/** Invariants that could not be asked are no word on the data; a violated one is, whatever else could not be asked. */
export function invariantVerdict(results: readonly InvariantResult[]): Verdict {
  const violated = results.filter(({ passed, asked }) => !passed && asked);
  if (violated.length > 0)
    return failed("backup", `invariants are violated: ${violated.map(({ name }) => name).join(", ")}`);
  const silent = results.filter(({ asked }) => !asked);
  if (silent.length > 0)
    return failed("drill", `invariants could not be asked: ${silent.map(({ name }) => name).join(", ")}`);
  return passed;
}

/** The throwaway server has these three already. */
const copyName = (database: string): string =>
  ["postgres", "template0", "template1"].includes(database) ? `${database}_copy` : database;

async function readGlobals({ world, identities }: Bench, { globals }: Manifest): Promise<string> {
  if (globals === null) return "";
  const { signal, report, stores } = world;
  const chunks: Buffer[] = [];
  for await (const chunk of await openFile({ store: stores[0], identities, signal, report }, globals))
    chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** Everything that a restore presumes. What fails here fails for want of something on this server. @throws DRILL_FAILED */
async function prepare(
  { world, server }: Bench,
  manifest: Manifest,
  database: string,
  globals: string,
  findings: Findings,
): Promise<void> {
  await using session = await connect(server.postgres, server.postgres.database, world.signal);
  findings.warnings.push(...(await checkParity(session, manifest)));
  try {
    await createRoles(session, [...manifest.roles, manifest.owner], roleFacts(globals));
    await createLike(session, database, manifest);
  } catch (cause) {
    world.signal.throwIfAborted();
    throw drillFailed(
      `the throwaway server has no place for a copy of ${JSON.stringify(manifest.database)}: ${problemOf(cause)}`,
      "It needs the locales and collations of the server that was backed up.",
      cause,
    );
  }
}

/** With owners and rights, as it has to be after the loss of a server. Tablespaces are folders that this server does not have. */
async function load(
  { world, folder, server, identities }: Bench,
  manifest: Manifest,
  database: string,
): Promise<Loaded> {
  const { report, signal, config, stores } = world;
  // An archive of a newer pg_dump needs a newer pg_restore than the one beside this server.
  const bin = manifest.client.major > server.major ? undefined : server.postgres.bin;
  const postgres = { ...server.postgres, bin };
  const loaded = await loadArchive(
    { store: stores[0], identities, postgres, scratch: folder.path, report, signal },
    manifest,
    database,
    { jobs: config.jobs, tablespaces: false },
  );
  refuseFailed(loaded.failed);
  return loaded;
}

async function compare(bench: Bench, session: Session, manifest: Manifest, findings: Findings): Promise<string[]> {
  const { report } = bench.world;
  const found = await readContents(session, { report });
  findings.tables = found.tables.length;
  findings.rows = totalRows(found.tables);
  const differences = compareContents(manifest, found).map(differenceText);
  findings.warnings.push(...(await schemaWarnings(bench, session, manifest)));
  return [...differences, ...(await localeDifferences(session, manifest.server))];
}

/**
 * Every object of the archive was made, or the drill would not be here. Its SQL may still be written otherwise: PostgreSQL itself
 * puts some expressions in other words after a restore. So this is worth a look, and no fault.
 */
async function schemaWarnings({ world, server }: Bench, session: Session, manifest: Manifest): Promise<string[]> {
  const { postgres } = server;
  const program = await findClientProgram("pg_dump", session.serverMajor, { bin: postgres.bin });
  if (program.major !== manifest.client.major || !manifest.scope.whole) return [];
  const sql = await schemaSql(program, postgres, copyName(manifest.database), {
    lockWaitSeconds: postgres.lockWaitSeconds,
  });
  world.signal.throwIfAborted();
  return schemaHash(sql) === manifest.schemaHash
    ? []
    : ["the schema's SQL is not written as it was when it was dumped"];
}

export const differenceText = ({ what, name, expected, found }: Difference): string =>
  `${what === name ? what : `${what} ${name}`}: found ${found}, the manifest says ${expected}`;

/** The first of many, for a sentence. */
export const summary = (differences: readonly string[]): string =>
  `${differences.slice(0, 3).join("; ")}${differences.length > 3 ? `; and ${differences.length - 3} more` : ""}`;

async function timed<T>({ phases }: Findings, step: Step, work: () => Promise<T>): Promise<T> {
  const from = performance.now();
  const result = await work();
  phases[step] = (phases[step] ?? 0) + (performance.now() - from) / 1000;
  return result;
}
