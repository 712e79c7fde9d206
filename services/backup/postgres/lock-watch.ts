import { setTimeout as delay } from "node:timers/promises";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { applicationName, type Session } from "./session.ts";

/** Rejects when one of our programs has waited too long for a lock; never resolves. Disposing of it ends the watch. */
export interface LockWatch extends AsyncDisposable {
  readonly blocked: Promise<never>;
}

const lookEveryMs = 1_000;
/** pg_dump itself gives up the tables that it locks at its beginning, and says which; it comes first. */
const graceMs = 1_500;

/** Inside a transaction the server shows the sessions as they were at its first look, unless told to look anew. */
const lookAnew = "select pg_catalog.pg_stat_clear_snapshot()";
const waiting = `
  select l.pid, coalesce(l.relation, 0) as relation
    from pg_catalog.pg_locks l join pg_catalog.pg_stat_activity a using (pid)
   where not l.granted and a.application_name = $1 and a.datname = pg_catalog.current_database()`;

/**
 * pg_dump's --lock-wait-timeout is for tables alone. Of views, materialized views and sequences it learns of a lock only when it reads
 * them, and then it waits for ever: without this, one open `alter view` would hold up a backup until somebody ends it, and all that
 * time the snapshot keeps dead rows from being cleared away.
 */
export function watchLocks(session: Session, waitSeconds: number): LockWatch {
  const ending = new AbortController();
  let block: (error: Error) => void = () => undefined;
  const blocked = new Promise<never>((_resolve, reject) => {
    block = reject;
  });
  blocked.catch(() => undefined);
  const watching = watch(session, waitSeconds, ending.signal).catch((error: unknown) => {
    // A session that is lost tells so by itself.
    if (error instanceof GoliveError) block(error);
  });
  return {
    blocked,
    async [Symbol.asyncDispose]() {
      ending.abort();
      await watching;
    },
  };
}

async function watch(session: Session, waitSeconds: number, signal: AbortSignal): Promise<void> {
  let since = new Map<string, number>();
  while (!signal.aborted) {
    await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    await session.query(lookAnew);
    const found = await session.query<{ pid: number; relation: number }>(waiting, [applicationName]);
    const now = performance.now();
    const keys = found.map(({ pid, relation }) => `${pid} ${relation}`);
    since = new Map(keys.map((key) => [key, since.get(key) ?? now]));
    if ([...since.values()].some((from) => now - from > waitSeconds * 1000 + graceMs))
      throw new GoliveError(
        "BACKUP_FAILED",
        `pg_dump waited ${waitSeconds} s for a lock`,
        "End the session that holds the lock, then run the same command again.",
      );
  }
}
