import type { Query } from "../database/database.ts";
import { Problem } from "../http/problems.ts";
import type { Run, RunWithSteps } from "./schema.ts";

export const runColumns = `r.id, p.project_id as "projectId", r.pipeline_id as "pipelineId", r.number, r.status,
  r.trigger, r.fail_at as "failAt", r.cancel_requested as "cancelRequested",
  r.started_at as "startedAt", r.finished_at as "finishedAt", r.duration_ms as "durationMs",
  r.error_code as "errorCode", r.trace_id as "traceId", r.version,
  r.created_at as "createdAt", r.updated_at as "updatedAt"`;

export const runRows = "pipeline_runs r join pipelines p on p.id = r.pipeline_id";

const iso = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** In one statement with its run, so that the version speaks of both. */
const stepsOfRun = `(select json_agg(json_build_object('position', s.position, 'name', s.name, 'status', s.status,
    'startedAt', ${iso("s.started_at")}, 'finishedAt', ${iso("s.finished_at")},
    'durationMs', s.duration_ms, 'errorCode', s.error_code) order by s.position)
  from run_steps s where s.run_id = r.id)`;

/** @throws Problem `not-found` */
export async function readRun(query: Query, id: string): Promise<Run> {
  return foundRun(await query<Run>(`select ${runColumns} from ${runRows} where r.id = $1`, [id]));
}

/** Until the transaction ends, nobody else changes the run or its steps: both are written under this lock only. */
export async function lockRun(query: Query, id: string): Promise<Run> {
  const sql = `select ${runColumns} from ${runRows} where r.id = $1 for no key update of r`;
  return foundRun(await query<Run>(sql, [id]));
}

/** @throws Problem `not-found` */
export async function readRunWithSteps(query: Query, id: string): Promise<RunWithSteps> {
  const sql = `select ${runColumns}, coalesce(${stepsOfRun}, '[]') as steps from ${runRows} where r.id = $1`;
  return foundRun(await query<RunWithSteps>(sql, [id]));
}

function foundRun<Row>(rows: Row[]): Row {
  if (!rows[0]) throw new Problem("not-found", "no run has this id");
  return rows[0];
}
