import { v7 as uuidv7 } from "uuid";
import type { Actor } from "../audit/actor.ts";
import { recordChange } from "../audit/record.ts";
import type { Database, Query } from "../database/database.ts";
import type { PageRequest } from "../http/paging.ts";
import type { Precondition } from "../http/preconditions.ts";
import { Problem } from "../http/problems.ts";
import { isFinished, type Status } from "../pipelines/status.ts";
import { traceIds } from "../telemetry/trace-ids.ts";
import { lockRun, readRun, readRunWithSteps, runColumns, runRows } from "./read-run.ts";
import type { NewRun, Run, RunWithSteps } from "./schema.ts";
import { stepNames } from "./steps.ts";
import { traceParent } from "./trace-parent.ts";

export interface Cancelled {
  readonly run: RunWithSteps;
  /** Whether this request is what ended the run: no executor will. */
  readonly ended: boolean;
}

/** Runs as people start, see and cancel them. Every refusal is a Problem; every change is in the audit log. */
export class RunStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** One row more than the page holds, when there are more. An unknown pipeline is a 404, not an empty list. */
  async list(pipelineId: string, status: Status | undefined, { limit, after }: PageRequest): Promise<Run[]> {
    const rows = await this.#database.query<Run>(
      `select ${runColumns} from ${runRows} where r.pipeline_id = $1 and ($2::uuid is null or r.id < $2)
        and ($3::text is null or r.status = $3) order by r.id desc limit $4`,
      [pipelineId, after ?? null, status ?? null, limit + 1],
    );
    if (rows.length === 0) await projectOf(this.#database.query, pipelineId);
    return rows;
  }

  read(id: string): Promise<RunWithSteps> {
    return readRunWithSteps(this.#database.query, id);
  }

  /** Queues a run with all its steps. Its trace is that of the request which asks for it. */
  start(pipelineId: string, { trigger, failAt }: NewRun, actor: Actor): Promise<RunWithSteps> {
    return this.#database.transaction(async (query) => {
      await lockPipeline(query, pipelineId);
      const [last] = await query<{ number: number }>(
        "select coalesce(max(number), 0) as number from pipeline_runs where pipeline_id = $1",
        [pipelineId],
      );
      // Made under the lock, so that later runs of a pipeline have later ids as far as the replicas' clocks agree.
      const id = uuidv7();
      await query(
        `insert into pipeline_runs (id, pipeline_id, number, trigger, fail_at, trace_id, trace_parent)
          values ($1, $2, $3, $4, $5, $6, $7)`,
        [id, pipelineId, (last?.number ?? 0) + 1, trigger, failAt, traceIds()?.trace_id ?? null, traceParent()],
      );
      await query(
        `insert into run_steps (run_id, position, name)
          select $1::uuid, t.position, t.name from unnest($2::text[]) with ordinality as t (name, position)`,
        [id, stepNames],
      );
      const started = await readRunWithSteps(query, id);
      const { steps: _, ...after } = started;
      await recordChange(query, actor, { entity: "run", id, after });
      return started;
    });
  }

  /**
   * A queued run is over at once; a running one ends as soon as its executor hears of it. To ask again for what is
   * cancelled, or about to be, changes nothing.
   * @throws Problem `run-finished`
   */
  cancel(id: string, precondition: Precondition, actor: Actor): Promise<Cancelled> {
    return this.#database.transaction(async (query) => {
      const before = await lockRun(query, id);
      precondition(before);
      if (isFinished(before.status) && before.status !== "cancelled") {
        throw new Problem("run-finished", `run ${before.number} has ${before.status}`);
      }
      if (!before.cancelRequested) {
        await requestCancel(query, before);
        await recordChange(query, actor, { entity: "run", id, before, after: await readRun(query, id) });
      }
      return { run: await readRunWithSteps(query, id), ended: before.status === "queued" };
    });
  }
}

async function requestCancel(query: Query, { id, status }: Run): Promise<void> {
  const queued = status === "queued";
  await query(
    `update pipeline_runs set cancel_requested = true, status = case when $2 then 'cancelled' else status end,
      finished_at = case when $2 then now() end, version = version + 1, updated_at = now() where id = $1`,
    [id, queued],
  );
  if (queued) await query("update run_steps set status = 'skipped' where run_id = $1", [id]);
}

/**
 * Orders those who start runs of one pipeline, and keeps pipeline and project from being deleted meanwhile. The project
 * comes first, as it does for whoever deletes it, or the two would wait for each other.
 */
async function lockPipeline(query: Query, id: string): Promise<void> {
  const projectId = await projectOf(query, id);
  const project = await query("select 1 from projects where id = $1 for key share", [projectId]);
  const pipeline = await query("select 1 from pipelines where id = $1 for no key update", [id]);
  if (project.length === 0 || pipeline.length === 0) throw unknownPipeline();
}

async function projectOf(query: Query, pipelineId: string): Promise<string> {
  const rows = await query<{ id: string }>("select project_id as id from pipelines where id = $1", [pipelineId]);
  if (!rows[0]) throw unknownPipeline();
  return rows[0].id;
}

const unknownPipeline = () => new Problem("not-found", "no pipeline has this id");
