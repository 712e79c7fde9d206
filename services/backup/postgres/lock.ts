import { createHash } from "node:crypto";
import { GoliveError } from "@golive/errors/golive-error.ts";
import type { Session } from "./session.ts";

/** Class of our advisory locks, "gol1" as a number: an application's own locks are elsewhere. */
const lockClass = 0x676f_6c31;

const keyOf = (what: string): number => createHash("sha256").update(what).digest().readInt32BE();

const granted = `locktype = 'advisory' and granted and classid = $1 and objid = $2::bigint::oid
        and database = (select oid from pg_database where datname = current_database())`;

/** Whether somebody holds the lock at this moment. Looks, and takes nothing. */
export async function isLocked(session: Session, what: string): Promise<boolean> {
  return (await session.query(`select from pg_locks where ${granted}`, [lockClass, keyOf(what) >>> 0])).length > 0;
}

/**
 * One at a time. The lock belongs to the session, so it ends with its holder, however that ends; there is nothing to
 * unlock by hand. Postgres keeps these locks apart by database.
 */
export async function takeLock(session: Session, what: string): Promise<void> {
  const key = keyOf(what);
  const [taken] = await session.query<{ ok: boolean }>("select pg_try_advisory_lock($1, $2) as ok", [lockClass, key]);
  if (taken?.ok) return;
  const [holder] = await session.query<{ pid: number; since: Date; client: string | null }>(
    `select a.pid, a.backend_start as since, host(a.client_addr) as client
       from pg_locks join pg_stat_activity a using (pid)
      where ${granted}`,
    [lockClass, key >>> 0],
  );
  const who = holder
    ? `by a session of ${holder.client ?? "this machine"} since ${holder.since.toISOString()} (server process ${holder.pid})`
    : "by another run";
  throw new GoliveError("LOCKED", `${what} is locked ${who}`, "Wait for it to end; the lock ends with its holder.");
}
