import { v7 as uuidv7 } from "uuid";
import type { Actor } from "../audit/actor.ts";
import { recordChange } from "../audit/record.ts";
import type { Database, Query } from "../database/database.ts";
import { violates } from "../database/failure.ts";
import type { PageRequest } from "../http/paging.ts";
import type { Precondition } from "../http/preconditions.ts";
import { Problem } from "../http/problems.ts";
import type { NewPipeline, Pipeline, PipelinePatch } from "./schema.ts";
import { canBecome, isFinished, type Status, transitions } from "./status.ts";

const columns = `id, project_id as "projectId", name, ref, status, started_at as "startedAt", finished_at as "finishedAt",
  version, created_at as "createdAt", updated_at as "updatedAt"`;

/** Pipelines in Postgres. Every refusal is a Problem; every change is in the audit log. */
export class PipelineStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** One row more than the page holds, when there are more. An unknown project is a 404, not an empty list. */
  async list(projectId: string, status: Status | undefined, { limit, after }: PageRequest): Promise<Pipeline[]> {
    const rows = await this.#database.query<Pipeline>(
      `select ${columns} from pipelines where project_id = $1 and ($2::uuid is null or id < $2)
        and ($3::text is null or status = $3) order by id desc limit $4`,
      [projectId, after ?? null, status ?? null, limit + 1],
    );
    if (rows.length === 0) await this.#requireProject(projectId);
    return rows;
  }

  async create(projectId: string, { name, ref }: NewPipeline, actor: Actor): Promise<Pipeline> {
    const sql = `insert into pipelines (id, project_id, name, ref) values ($1, $2, $3, $4) returning ${columns}`;
    try {
      return await this.#database.transaction(async (query) => {
        const created = found(await query<Pipeline>(sql, [uuidv7(), projectId, name, ref]));
        await recordChange(query, actor, { entity: "pipeline", id: created.id, after: created });
        return created;
      });
    } catch (error) {
      if (violates(error, "pipelines_project_id_fkey")) throw unknownProject();
      throw error;
    }
  }

  async read(id: string): Promise<Pipeline> {
    return found(await this.#database.query<Pipeline>(`select ${columns} from pipelines where id = $1`, [id]));
  }

  /** Status and times change together; the clock is the database's, so replicas cannot disagree. */
  async update(id: string, patch: PipelinePatch, precondition: Precondition, actor: Actor): Promise<Pipeline> {
    return this.#database.transaction(async (query) => {
      const current = await lock(query, id);
      precondition(current);
      const { name = current.name, status = current.status } = patch;
      requireTransition(current.status, status);
      if (name === current.name && status === current.status) return current;
      const sql = `update pipelines set name = $2, status = $3,
        started_at = case when $4 then now() else started_at end,
        finished_at = case when $5 then greatest(now(), started_at) else finished_at end,
        version = version + 1, updated_at = now() where id = $1 returning ${columns}`;
      const begins = status === "running" && current.status !== "running";
      const ends = isFinished(status) && !isFinished(current.status);
      const updated = found(await query<Pipeline>(sql, [id, name, status, begins, ends]));
      await recordChange(query, actor, { entity: "pipeline", id, before: current, after: updated });
      return updated;
    });
  }

  /** Finished runs go with the pipeline; an unfinished one keeps it. */
  async delete(id: string, precondition: Precondition, actor: Actor): Promise<void> {
    await this.#database.transaction(async (query) => {
      // Deployments lose their run with it. Whoever changes those holds the project, and holds it first.
      await query(
        "select 1 from projects where id = (select project_id from pipelines where id = $1) for no key update",
        [id],
      );
      const current = await lock(query, id);
      precondition(current);
      if (!isFinished(current.status)) {
        throw new Problem("pipeline-unfinished", `the pipeline is ${current.status}; cancel it first`);
      }
      // A run being started holds this row until it commits, so it is seen here or it finds no pipeline.
      const [run] = await query<{ number: number; status: Status }>(
        "select number, status from pipeline_runs where pipeline_id = $1 and status in ('queued', 'running') limit 1",
        [id],
      );
      if (run) throw new Problem("pipeline-unfinished", `run ${run.number} is ${run.status}; cancel it first`);
      await query("delete from pipelines where id = $1", [id]);
      await recordChange(query, actor, { entity: "pipeline", id, before: current });
    });
  }

  async #requireProject(id: string): Promise<void> {
    const rows = await this.#database.query("select 1 from projects where id = $1", [id]);
    if (rows.length === 0) throw unknownProject();
  }
}

async function lock(query: Query, id: string): Promise<Pipeline> {
  return found(await query<Pipeline>(`select ${columns} from pipelines where id = $1 for update`, [id]));
}

function found(rows: Pipeline[]): Pipeline {
  if (!rows[0]) throw new Problem("not-found", "no pipeline has this id");
  return rows[0];
}

const unknownProject = () => new Problem("not-found", "no project has this id");

function requireTransition(from: Status, to: Status): void {
  if (canBecome(from, to)) return;
  const allowed = transitions[from].join(", ") || "nothing, it is finished";
  const errors = [{ pointer: "/status", detail: `from ${from} the next status can be: ${allowed}` }];
  throw new Problem("transition-refused", `${from} cannot become ${to}`, { errors });
}
