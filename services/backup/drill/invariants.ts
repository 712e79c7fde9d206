import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DrillConfig } from "../config/drill.ts";
import type { Session } from "../postgres/session.ts";
import type { Report } from "../progress.ts";
import { drillFailed } from "./drill-failure.ts";

/** A truth of the application about its data, as a query for what breaks it: no rows, no fault. */
export interface Invariant {
  readonly name: string;
  readonly sql: string;
}

export interface InvariantResult {
  readonly name: string;
  readonly passed: boolean;
  /** What was found, in words; empty when it passed. */
  readonly found: string;
  /** False when the query itself could not be run, which says nothing about the data. */
  readonly asked: boolean;
}

/** Those that are about a database; none where no folder is given. @throws DRILL_FAILED */
export async function invariantsFor(
  { invariants, invariantsDatabase }: Pick<DrillConfig, "invariants" | "invariantsDatabase">,
  database: string,
): Promise<Invariant[]> {
  if (invariants === undefined || (invariantsDatabase !== undefined && invariantsDatabase !== database)) return [];
  return await readInvariants(invariants);
}

/** The `name.sql` files of a folder, by name. Kubernetes mounts beside them what begins with a dot. @throws DRILL_FAILED */
export async function readInvariants(folder: string): Promise<Invariant[]> {
  try {
    const files = (await readdir(folder)).filter((file) => file.endsWith(".sql") && !file.startsWith(".")).sort();
    return await Promise.all(
      files.map(async (file) => ({ name: file.slice(0, -4), sql: await readFile(join(folder, file), "utf8") })),
    );
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw drillFailed(
      `BACKUP_INVARIANTS_FOLDER=${folder}: cannot be read (${code})`,
      "Mount the folder with the invariants there, or unset the variable.",
      cause,
    );
  }
}

/** Violating rows that are counted; beyond them it is "more than". */
const counted = 100;

/** Asks every invariant, in a transaction that can change nothing. `seconds` is the limit of each. */
export async function checkInvariants(
  session: Session,
  invariants: readonly Invariant[],
  { seconds, report }: { readonly seconds: number; readonly report: Report },
): Promise<InvariantResult[]> {
  const results: InvariantResult[] = [];
  for (const invariant of invariants) {
    const result = await ask(session, invariant, seconds);
    results.push(result);
    report(`invariant ${result.name}: ${result.passed ? "holds" : result.found}`);
  }
  return results;
}

/**
 * Through a cursor, so that a query that finds a million violations costs a hundred rows. They are counted and not shown: a report
 * goes to logs and channels, where the application's data has no business.
 */
async function ask(session: Session, { name, sql }: Invariant, seconds: number): Promise<InvariantResult> {
  await session.query("begin transaction isolation level repeatable read, read only");
  try {
    // As in psql: the application's queries seldom name their schema.
    await session.query(`set local search_path = public; set local statement_timeout = '${seconds}s'`);
    await session.query(`declare violations no scroll cursor for ${sql.replace(/[;\s]+$/, "")}\n`);
    const { length } = await session.query(`fetch ${counted + 1} from violations`);
    return { name, passed: length === 0, found: length === 0 ? "" : rowsText(length), asked: true };
  } catch (error) {
    if (!ofTheQuery(error)) throw error;
    return { name, passed: false, found: `could not be asked: ${wordsOf(error)}`, asked: false };
  } finally {
    await session.query("rollback").catch(() => undefined);
  }
}

/** Whether the server answered that this query does not work; classes 08, 53 and 57P tell of trouble of the server. */
function ofTheQuery(error: unknown): boolean {
  const code = (error as { code?: string }).code ?? "";
  return /^[0-9A-Z]{5}$/.test(code) && !/^(08|53|57P)/.test(code);
}

/** The server's words where they are about the query (its names, its time, what it may do); other classes' may quote rows. */
function wordsOf(error: unknown): string {
  const { code = "", message } = error as Error & { code?: string };
  return /^(25|42|57)/.test(code) ? message : `SQLSTATE ${code}`;
}

const rowsText = (rows: number): string =>
  rows > counted ? `violated by more than ${counted} rows` : `violated by ${rows} ${rows === 1 ? "row" : "rows"}`;
