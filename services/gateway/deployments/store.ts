import { v7 as uuidv7 } from "uuid";
import type { Actor } from "../audit/actor.ts";
import { recordChange } from "../audit/record.ts";
import type { Database, Query } from "../database/database.ts";
import { violates } from "../database/failure.ts";
import type { PageRequest } from "../http/paging.ts";
import type { Precondition } from "../http/preconditions.ts";
import { Problem } from "../http/problems.ts";
import type { Status } from "../pipelines/status.ts";
import { traceIds } from "../telemetry/trace-ids.ts";
import type { Deployment, DeploymentFilter, DeploymentPatch, NewDeployment } from "./schema.ts";
import { canBecome, type DeploymentStatus, transitions } from "./status.ts";

const columns = `id, project_id as "projectId", environment, run_id as "runId", release, status,
  rolls_back as "rollsBack", finished_at as "finishedAt", trace_id as "traceId", version,
  created_at as "createdAt", updated_at as "updatedAt"`;

/** Deployments in Postgres. Every refusal is a Problem; every change is in the audit log. */
export class DeploymentStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** One row more than the page holds, when there are more. An unknown project is a 404, not an empty list. */
  async list(projectId: string, { environment, status }: DeploymentFilter, { limit, after }: PageRequest) {
    const rows = await this.#database.query<Deployment>(
      `select ${columns} from deployments where project_id = $1 and ($2::uuid is null or id < $2)
        and ($3::text is null or environment = $3) and ($4::text is null or status = $4) order by id desc limit $5`,
      [projectId, after ?? null, environment ?? null, status ?? null, limit + 1],
    );
    if (rows.length === 0) {
      const projects = await this.#database.query("select 1 from projects where id = $1", [projectId]);
      if (projects.length === 0) throw unknownProject();
    }
    return rows;
  }

  async read(id: string): Promise<Deployment> {
    return find(this.#database.query, id);
  }

  /** @throws Problem `deployment-refused` while another is in progress there, or when the run did not succeed */
  create(projectId: string, wanted: NewDeployment, actor: Actor): Promise<Deployment> {
    return this.#database.transaction(async (query) => {
      await lockProject(query, projectId);
      await requireSuccess(query, projectId, wanted.runId);
      return insert(query, { ...wanted, projectId, rollsBack: null }, actor);
    });
  }

  /** Ends a deployment that is in progress. */
  update(id: string, { status }: DeploymentPatch, precondition: Precondition, actor: Actor): Promise<Deployment> {
    return this.#database.transaction(async (query) => {
      const current = await lock(query, id);
      precondition(current);
      requireTransition(current.status, status);
      return status === current.status ? current : move(query, current, status, actor);
    });
  }

  /**
   * Takes back what was deployed last in an environment: the success before it is deployed once more.
   * @returns the deployment that does so, in progress
   * @throws Problem `deployment-refused`
   */
  rollBack(id: string, precondition: Precondition, actor: Actor): Promise<Deployment> {
    return this.#database.transaction(async (query) => {
      const { projectId, environment } = await find(query, id);
      // Nothing else begins in this project meanwhile, so the newest stays the newest.
      await lockProject(query, projectId);
      const current = await lock(query, id);
      precondition(current);
      if (current.status !== "succeeded" && current.status !== "failed") {
        throw refused(`it is ${current.status}; only what has ended can be rolled back, and once`);
      }
      const [newest] = await query<{ id: string; release: string }>(
        "select id, release from deployments where project_id = $1 and environment = $2 order by id desc limit 1",
        [projectId, environment],
      );
      if (newest && newest.id !== id) {
        throw refused(`${newest.release} was deployed to ${environment} after it; roll that back instead`);
      }
      const target = await successBefore(query, current);
      if (!target) throw refused(`nothing else succeeded in ${environment} before it`);
      await move(query, current, "rolled-back", actor);
      return insert(query, { ...target, projectId, environment, rollsBack: id }, actor);
    });
  }
}

/** Orders those who begin deployments of one project, and keeps it from being deleted meanwhile. */
async function lockProject(query: Query, id: string): Promise<void> {
  const rows = await query("select 1 from projects where id = $1 for no key update", [id]);
  if (rows.length === 0) throw unknownProject();
}

async function requireSuccess(query: Query, projectId: string, runId: string): Promise<void> {
  const [run] = await query<{ number: number; status: Status }>(
    `select r.number, r.status from pipeline_runs r join pipelines p on p.id = r.pipeline_id
      where r.id = $1 and p.project_id = $2`,
    [runId, projectId],
  );
  if (!run) {
    const errors = [{ pointer: "/runId", detail: "must be a run of this project" }];
    throw new Problem("invalid-body", "1 value is not valid, see errors", { errors });
  }
  if (run.status !== "succeeded") throw refused(`run ${run.number} is ${run.status}; only what succeeded is deployed`);
}

/**
 * What an environment goes back to. What succeeded is not taken back by more of the same release; what failed may well
 * be.
 */
async function successBefore(query: Query, { id, projectId, environment, status, release }: Deployment) {
  const rows = await query<Pick<Deployment, "runId" | "release">>(
    `select run_id as "runId", release from deployments
      where project_id = $1 and environment = $2 and status = 'succeeded' and id < $3 and ($4 or release <> $5)
      order by id desc limit 1`,
    [projectId, environment, id, status === "failed", release],
  );
  return rows[0];
}

type Beginning = Pick<Deployment, "projectId" | "environment" | "runId" | "release" | "rollsBack">;

async function insert(query: Query, beginning: Beginning, actor: Actor): Promise<Deployment> {
  const { projectId, environment, runId, release, rollsBack } = beginning;
  const sql = `insert into deployments (id, project_id, environment, run_id, release, rolls_back, trace_id)
    values ($1, $2, $3, $4, $5, $6, $7) returning ${columns}`;
  const values = [uuidv7(), projectId, environment, runId, release, rollsBack, traceIds()?.trace_id ?? null];
  try {
    const created = found(await query<Deployment>(sql, values));
    await recordChange(query, actor, { entity: "deployment", id: created.id, after: created });
    return created;
  } catch (error) {
    if (!violates(error, "deployments_in_progress_key")) throw error;
    throw refused(`a deployment to ${environment} is in progress; wait for its end or report it as failed`, error);
  }
}

async function move(query: Query, current: Deployment, to: DeploymentStatus, actor: Actor): Promise<Deployment> {
  const sql = `update deployments set status = $2, finished_at = coalesce(finished_at, greatest(now(), created_at)),
    version = version + 1, updated_at = now() where id = $1 returning ${columns}`;
  const moved = found(await query<Deployment>(sql, [current.id, to]));
  await recordChange(query, actor, { entity: "deployment", id: current.id, before: current, after: moved });
  return moved;
}

async function find(query: Query, id: string): Promise<Deployment> {
  return found(await query<Deployment>(`select ${columns} from deployments where id = $1`, [id]));
}

async function lock(query: Query, id: string): Promise<Deployment> {
  return found(await query<Deployment>(`select ${columns} from deployments where id = $1 for no key update`, [id]));
}

function found(rows: Deployment[]): Deployment {
  if (!rows[0]) throw new Problem("not-found", "no deployment has this id");
  return rows[0];
}

const unknownProject = () => new Problem("not-found", "no project has this id");

const refused = (detail: string, cause?: unknown) => new Problem("deployment-refused", detail, { cause });

function requireTransition(from: DeploymentStatus, to: DeploymentStatus): void {
  if (canBecome(from, to)) return;
  const allowed = transitions[from].join(", ") || "nothing, it was taken back";
  const errors = [{ pointer: "/status", detail: `from ${from} the next status can be: ${allowed}` }];
  throw new Problem("deployment-refused", `${from} cannot become ${to}`, { errors });
}
