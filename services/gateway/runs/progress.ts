import { systemActor } from "../audit/actor.ts";
import { recordChange } from "../audit/record.ts";
import type { Database, Query } from "../database/database.ts";
import type { FailureCode } from "./failures.ts";
import { readRun } from "./read-run.ts";
import type { Run, StepStatus } from "./schema.ts";
import type { StepName } from "./steps.ts";

/** A run that this process executes. */
export interface ClaimedRun {
  readonly id: string;
  readonly projectId: string;
  readonly pipelineId: string;
  readonly number: number;
  readonly failAt: StepName | null;
  readonly traceParent: string | null;
}

/** How a run or a step ended. */
export interface Ending {
  readonly status: "succeeded" | "failed" | "cancelled";
  /** Of a failure, and of nothing else. */
  readonly errorCode: FailureCode | null;
}

/** A lease that was renewed. */
export interface Renewed {
  readonly id: string;
  readonly cancelRequested: boolean;
}

/** What fits the column; a run of a month says a month less a little. */
const maxDurationMs = 2 ** 31 - 1;

/**
 * Runs as their executor writes them. Each write may be repeated: a database that went away in the middle may have made
 * it. All times, leases too, are of the database's clock, so that replicas cannot disagree. Where a row is no longer
 * running, nothing is written: what is finished stays finished.
 */
export class RunProgress {
  readonly #database: Database;
  readonly #leaseMs: number;

  /** @param leaseMs how long a run counts as executed without a word from its executor */
  constructor(database: Database, leaseMs: number) {
    this.#database = database;
    this.#leaseMs = leaseMs;
  }

  /** Takes up the run that waits longest; undefined when none does. Two who ask at once never get the same one. */
  claim(): Promise<ClaimedRun | undefined> {
    return this.#database.transaction(async (query) => {
      const [next] = await query<{ id: string; traceParent: string | null }>(
        `select id, trace_parent as "traceParent" from pipeline_runs where status = 'queued'
          order by id limit 1 for no key update skip locked`,
      );
      if (!next) return undefined;
      const before = await readRun(query, next.id);
      await query(
        `update pipeline_runs set status = 'running', started_at = now(), lease_expires_at = ${lease("$2")},
          version = version + 1, updated_at = now() where id = $1`,
        [next.id, this.#leaseMs],
      );
      const { id, projectId, pipelineId, number, failAt } = await audited(query, before);
      return { id, projectId, pipelineId, number, failAt, traceParent: next.traceParent };
    });
  }

  /** Says of these runs that they are still executed. Those that are missing from the answer are lost. */
  renew(ids: readonly string[]): Promise<Renewed[]> {
    return this.#database.query<Renewed>(
      `update pipeline_runs set lease_expires_at = ${lease("$2")} where id = any($1::uuid[]) and status = 'running'
        returning id, cancel_requested as "cancelRequested"`,
      [ids, this.#leaseMs],
    );
  }

  /** @returns false when the run is no longer running */
  beginStep(runId: string, position: number, traceId: string | undefined): Promise<boolean> {
    return this.#database.transaction(async (query) => {
      if (!(await touch(query, runId, traceId))) return false;
      await query(
        `update run_steps set status = 'running', started_at = now()
          where run_id = $1 and position = $2 and status = 'pending'`,
        [runId, position],
      );
      return true;
    });
  }

  /** @returns false when the run is no longer running */
  endStep(runId: string, position: number, { status, errorCode }: Ending, durationMs: number): Promise<boolean> {
    return this.#database.transaction(async (query) => {
      if (!(await touch(query, runId))) return false;
      await query(
        `update run_steps set status = $3, error_code = $4, duration_ms = $5, finished_at = greatest(now(), started_at)
          where run_id = $1 and position = $2 and status = 'running'`,
        [runId, position, status satisfies StepStatus, errorCode, Math.min(Math.round(durationMs), maxDurationMs)],
      );
      return true;
    });
  }

  /**
   * Ends a run; steps that had no end get the run's, and steps that never began are skipped. @returns as `beginStep`
   */
  finish(runId: string, ending: Ending, durationMs: number): Promise<boolean> {
    return this.#database.transaction(async (query) => {
      const [row] = await query<{ status: string; errorCode: string | null }>(
        `select status, error_code as "errorCode" from pipeline_runs where id = $1 for no key update`,
        [runId],
      );
      if (row?.status === ending.status && row.errorCode === ending.errorCode) return true;
      if (row?.status !== "running") return false;
      await end(query, runId, ending, Math.min(Math.round(durationMs), maxDurationMs));
      return true;
    });
  }

  /**
   * Ends the runs whose executor has gone: it crashed, or lost the database for longer than its lease.
   * @param own runs that this process executes, which it will speak for itself
   * @returns how many there were; at most a hundred at once
   */
  failInterrupted(own: readonly string[]): Promise<number> {
    return this.#database.transaction(async (query) => {
      const rows = await query<{ id: string }>(
        `select id from pipeline_runs where status = 'running' and lease_expires_at < now() and id <> all($1::uuid[])
          order by lease_expires_at limit 100 for no key update skip locked`,
        [own],
      );
      for (const { id } of rows) await end(query, id, { status: "failed", errorCode: "interrupted" }, undefined);
      return rows.length;
    });
  }
}

const lease = (ms: string) => `now() + ${ms} * interval '1 millisecond'`;

/** A step is part of its run: the run's version moves with it. Locks the run before its steps, as everyone does. */
async function touch(query: Query, id: string, traceId?: string): Promise<boolean> {
  const rows = await query(
    `update pipeline_runs set trace_id = coalesce($2, trace_id), version = version + 1, updated_at = now()
      where id = $1 and status = 'running' returning id`,
    [id, traceId ?? null],
  );
  return rows.length > 0;
}

/** @param durationMs by the executor's clock; undefined when that is lost, and the database's must do */
async function end(query: Query, id: string, { status, errorCode }: Ending, durationMs: number | undefined) {
  const before = await readRun(query, id);
  const took = (given: string) =>
    `coalesce(${given},
      least(extract(epoch from greatest(now(), started_at) - started_at) * 1000, ${maxDurationMs}))::integer`;
  await query(
    `update run_steps set status = case status when 'running' then $2 else 'skipped' end,
      error_code = case status when 'running' then $3 end,
      duration_ms = case status when 'running' then ${took("null")} end,
      finished_at = case status when 'running' then greatest(now(), started_at) end
      where run_id = $1 and status in ('pending', 'running')`,
    // A run that succeeded has no step without an end.
    [id, status, errorCode],
  );
  await query(
    `update pipeline_runs set status = $2, error_code = $3, duration_ms = ${took("$4::integer")},
      lease_expires_at = null, finished_at = greatest(now(), started_at),
      version = version + 1, updated_at = now() where id = $1`,
    [id, status, errorCode, durationMs ?? null],
  );
  await audited(query, before);
}

async function audited(query: Query, before: Run): Promise<Run> {
  const after = await readRun(query, before.id);
  await recordChange(query, systemActor, { entity: "run", id: before.id, before, after });
  return after;
}
