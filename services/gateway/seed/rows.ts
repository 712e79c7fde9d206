import { createHash } from "node:crypto";
import type { Entity } from "../audit/entities.ts";
import { simulatedMs } from "../runs/simulated-work.ts";
import { stepNames } from "../runs/steps.ts";
import { projects, type SeedDeployment, type SeedPipeline, type SeedProject, type SeedRun, users } from "./data.ts";

/** One row of the seed, by column. */
export interface SeedRow {
  readonly table: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** What the audit log calls it; a step is part of its run. */
  readonly entity?: Entity;
  /** Ids of rows without which this one has no place. */
  readonly below: readonly string[];
}

const minute = 60_000;
const hour = 60 * minute;

/** The first morning of all examples. In the past, so that whatever people create is newer. */
const morning = Date.UTC(2026, 0, 5, 9);

/** When examples of each kind are born: none before what it belongs to. */
const births = {
  user: morning,
  project: morning,
  pipeline: morning + hour,
  run: morning + 2 * hour,
  deployment: morning + 3 * hour,
} as const satisfies Record<Entity, number>;

/** All rows, each after those it needs, the same ones each time. */
export function seedRows(): SeedRow[] {
  const userRows = users.map((user, n) => born("user", "users", user.email, n, user, []).row);
  return [...userRows, ...projects.flatMap(projectRows)];
}

/**
 * A row with its id and times. The id is a UUIDv7 of the row's birth, and otherwise of its name alone: more examples,
 * after those that are there, change none of them.
 * @param key unique among its kind
 * @param n place among its siblings; each is a minute younger than the one before
 */
function born(entity: Entity, table: string, key: string, n: number, values: SeedRow["values"], below: string[]) {
  const at = births[entity] + n * minute;
  const time = at.toString(16).padStart(12, "0");
  const hash = createHash("sha256").update(`${entity} ${key}`).digest("hex");
  const id = `${time.slice(0, 8)}-${time.slice(8)}-7${hash.slice(0, 3)}-8${hash.slice(3, 6)}-${hash.slice(6, 18)}`;
  const times = { created_at: new Date(at), updated_at: new Date(at) };
  const row: SeedRow = { entity, table, values: { id, ...values, ...times }, below };
  return { id, at, row };
}

function projectRows({ pipelines, deployments, ...facts }: SeedProject, n: number): SeedRow[] {
  const { id, row } = born("project", "projects", facts.slug, n, facts, []);
  const built = pipelines.map((pipeline, index) => pipelineRows(id, `${facts.slug}/${pipeline.name}`, index, pipeline));
  const [runIds = []] = built.map((pipeline) => pipeline.runIds);
  const deployed = deployments.map((deployment, index) =>
    deploymentRow(id, `${facts.slug}/${index}`, index, runIds, deployment),
  );
  return [row, ...built.flatMap(({ rows }) => rows), ...deployed];
}

function pipelineRows(projectId: string, key: string, n: number, { runs, ...facts }: SeedPipeline) {
  const started = births.pipeline + n * minute;
  const times = { started_at: new Date(started), finished_at: new Date(started + minute) };
  const { id, row } = born("pipeline", "pipelines", key, n, { project_id: projectId, ...facts, ...times }, [projectId]);
  const built = runs.map((run, index) => runRows(id, key, index + 1, run));
  return { rows: [row, ...built.flatMap(({ rows }) => rows)], runIds: built.map((run) => run.id) };
}

function runRows(pipelineId: string, pipeline: string, number: number, { status, endsAt }: SeedRun) {
  const last = endsAt === undefined ? stepNames.length - 1 : stepNames.indexOf(endsAt);
  const done = stepNames.slice(0, last + 1).map((name) => simulatedMs(name, { pipelineId, number }));
  const total = done.reduce((sum, ms) => sum + ms, 0);
  const begin = births.run + number * minute;
  const facts = { pipeline_id: pipelineId, number, trigger: "push", cancel_requested: status === "cancelled" };
  const values = { ...facts, ...ending(status, begin, total) };
  const { id, row } = born("run", "pipeline_runs", `${pipeline}/${number}`, number, values, [pipelineId]);
  let at = begin;
  const steps = stepNames.map((name, index): SeedRow => {
    const ms = done[index];
    const end = ms === undefined ? { status: "skipped" } : ending(index === last ? status : "succeeded", at, ms);
    at += ms ?? 0;
    return { table: "run_steps", values: { run_id: id, position: index + 1, name, ...end }, below: [id] };
  });
  return { id, rows: [row, ...steps] };
}

function deploymentRow(
  projectId: string,
  key: string,
  n: number,
  runIds: readonly string[],
  { environment, runNumber, release, status }: SeedDeployment,
): SeedRow {
  const runId = runIds[runNumber - 1];
  if (runId === undefined) throw new RangeError(`the seed has no run ${runNumber} to deploy ${release} from`);
  const finished = { finished_at: new Date(births.deployment + (n + 1) * minute) };
  const values = { project_id: projectId, environment, run_id: runId, release, status, ...finished };
  return born("deployment", "deployments", key, n, values, [projectId, runId]).row;
}

const ending = (status: SeedRun["status"], begin: number, ms: number) => ({
  status,
  started_at: new Date(begin),
  finished_at: new Date(begin + ms),
  duration_ms: ms,
  error_code: status === "failed" ? "step-failed" : null,
});
