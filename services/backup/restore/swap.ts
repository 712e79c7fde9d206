import { setTimeout as delay } from "node:timers/promises";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { escapeIdentifier, escapeLiteral } from "pg";
import type { Session } from "../postgres/session.ts";
import { type Mark, readMark, writeMark } from "./marks.ts";
import { listed, RestoreError } from "./restore-error.ts";
import { endVisitors, readVisitors, visitorText } from "./sessions.ts";

export interface Swap {
  /** The name that clients use. */
  readonly live: string;
  /** The database that gets the name. */
  readonly incoming: string;
  /** What the one that has it is called from now on, and what it is. Undefined when nothing may be replaced. */
  readonly aside: Aside | undefined;
  /** What the one that comes gets when it replaces nothing. */
  readonly asNew?: { readonly comment: string | null; readonly connectionLimit: number | undefined } | undefined;
}

export interface Aside {
  readonly name: string;
  readonly kind: "before" | "undone";
  readonly backup: string;
  readonly at: Date;
}

export interface Swapped {
  /** Time for which clients waited or were turned away, in ms. */
  readonly gapMs: number;
  readonly sessionsEnded: number;
  /** Undefined when there was no live database. */
  readonly aside: string | undefined;
}

/** Called between the statements; tests break the run off there. */
export type AtStep = (step: "renamed aside" | "renamed in" | "marked") => Promise<void> | void;

/**
 * Gives one database the name of another, in one transaction: the server has either done all of it or nothing, whenever the tool, the
 * network or the server itself is cut off. There is no moment at which the name is missing and nobody is left to give it back, and
 * no connection limit that a killed tool could leave behind.
 *
 * ALTER DATABASE … RENAME locks the database first and then waits up to 5 s for its sessions to be gone. Who connects meanwhile waits
 * behind that lock; the second session, `killer`, ends those that are in. So clients do not see a missing database but a wait, and at
 * its end, once, that the database "seems to have just been dropped or renamed"; the next connection is to the new one.
 *
 * The one that goes aside can be read but by default not be written, so that an undo brings back what was there.
 *
 * @throws SQLSTATE 42P04 when nothing may be replaced and there is a database of the name; RESTORE_REFUSED when a session, a prepared transaction or a lock keeps the database; everything is as before
 */
export async function swapDatabases(
  session: Session,
  killer: Session,
  swap: Swap,
  at: AtStep = () => undefined,
): Promise<Swapped> {
  const { live, incoming, aside, asNew } = swap;
  const before = aside && (await readFacts(session, live));
  const next = await readFacts(session, incoming);
  const [name, came, away] = [live, incoming, aside?.name ?? ""].map(escapeIdentifier) as [string, string, string];
  const ending = new AbortController();
  const begun = performance.now();
  const ended = endUntil(killer, before ? [live, incoming] : [incoming], ending.signal);
  try {
    await session.query("begin");
    await session.query("set local lock_timeout = '5s'");
    if (before) {
      await session.query(`alter database ${name} rename to ${away}`);
      await at("renamed aside");
    }
    await session.query(`alter database ${came} rename to ${name}`);
    await at("renamed in");
    for (const sql of [
      ...(before && aside ? asideSql(away, before, live, aside) : []),
      ...incomingSql(name, next, before ?? asDatabase(asNew)),
    ])
      await session.query(sql);
    await at("marked");
    await session.query("commit");
    const gapMs = Math.round(performance.now() - begun);
    ending.abort();
    return { gapMs, sessionsEnded: await ended, aside: before && aside?.name };
  } catch (error) {
    ending.abort();
    await ended;
    await session.query("rollback").catch(() => undefined);
    throw await inTheWay(killer, [live, incoming], error);
  }
}

interface DatabaseFacts {
  readonly comment: string | null;
  readonly readOnly: string | null;
  readonly connections: number;
}

async function readFacts(session: Session, name: string): Promise<DatabaseFacts | undefined> {
  const [facts] = await session.query<{ comment: string | null; readOnly: string | null; connections: number }>(
    `select pg_catalog.shobj_description(d.oid, 'pg_database') as comment, d.datconnlimit as connections,
            (select pg_catalog.split_part(c, '=', 2) from pg_catalog.pg_db_role_setting s, unnest(s.setconfig) c
              where s.setdatabase = d.oid and s.setrole = 0 and c like 'default\\_transaction\\_read\\_only=%') as "readOnly"
       from pg_catalog.pg_database d where d.datname = $1`,
    [name],
  );
  return facts;
}

function asideSql(away: string, before: DatabaseFacts, live: string, aside: Aside): string[] {
  const mark: Omit<Mark, "golive"> = {
    kind: aside.kind,
    live,
    backup: aside.backup,
    at: aside.at.toISOString(),
    comment: before.comment,
    readOnly: before.readOnly,
  };
  return [
    `comment on database ${away} is ${escapeLiteral(writeMark(mark))}`,
    `alter database ${away} set default_transaction_read_only = on`,
  ];
}

const asDatabase = (asNew: Swap["asNew"]): DatabaseFacts => ({
  comment: asNew?.comment ?? null,
  readOnly: null,
  connections: asNew?.connectionLimit ?? -1,
});

/** What a database kept aside had by itself comes back with it; a restored one gets the comment and the limit of the one it replaces, or those in its archive. */
function incomingSql(name: string, next: DatabaseFacts | undefined, before: DatabaseFacts): string[] {
  const mark = readMark(next?.comment ?? null);
  const returns = mark !== undefined && mark.kind !== "scratch";
  const comment = returns ? mark.comment : before.comment;
  const readOnly = !returns
    ? []
    : mark.readOnly === null
      ? [`alter database ${name} reset default_transaction_read_only`]
      : [`alter database ${name} set default_transaction_read_only = ${escapeLiteral(mark.readOnly)}`];
  return [
    `comment on database ${name} is ${comment === null ? "null" : escapeLiteral(comment)}`,
    ...readOnly,
    ...(!returns && before.connections !== (next?.connections ?? -1)
      ? [`alter database ${name} connection limit ${before.connections}`]
      : []),
  ];
}

/** Ends sessions as they come, until told to stop: one that got in just before the lock is seen a moment later. */
async function endUntil(killer: Session, databases: readonly string[], stop: AbortSignal): Promise<number> {
  let ended = 0;
  while (!stop.aborted) {
    try {
      ended += await endVisitors(killer, databases);
    } catch {
      return ended;
    }
    await delay(10, undefined, { signal: stop }).catch(() => undefined);
  }
  return ended;
}

/** SQLSTATEs of a rename that found somebody in the database, or could not get the lock. */
const kept = new Set(["55006", "55P03"]);

async function inTheWay(killer: Session, databases: readonly string[], error: unknown): Promise<unknown> {
  const { code, message } = error as Error & { code?: string; detail?: string };
  if (error instanceof GoliveError || !kept.has(code ?? "")) return error;
  const detail = (error as { detail?: string }).detail;
  const visitors = await readVisitors(killer, databases).catch(() => []);
  const who = visitors.map(visitorText);
  return new RestoreError(
    "RESTORE_REFUSED",
    `the databases were not swapped: ${message}${detail ? ` (${detail})` : ""}${who.length > 0 ? `: ${listed(who)}` : ""}`,
    "Nothing was changed. End what holds the database (prepared transactions by COMMIT PREPARED or ROLLBACK PREPARED), and run the same command again.",
    { visitors },
    { cause: error },
  );
}
