import { v7 as uuidv7 } from "uuid";
import type { Actor } from "../audit/actor.ts";
import { recordChange } from "../audit/record.ts";
import type { Database, Query } from "../database/database.ts";
import { violates } from "../database/failure.ts";
import type { PageRequest } from "../http/paging.ts";
import type { Precondition } from "../http/preconditions.ts";
import { Problem } from "../http/problems.ts";
import type { NewProject, Project, ProjectPatch } from "./schema.ts";

const columns = `id, name, slug, description, repository_url as "repositoryUrl", version,
  created_at as "createdAt", updated_at as "updatedAt"`;

/** Projects in Postgres. Every refusal is a Problem; every change is in the audit log. */
export class ProjectStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** One row more than the page holds, when there are more. */
  list({ limit, after }: PageRequest): Promise<Project[]> {
    const sql = `select ${columns} from projects where $2::uuid is null or id < $2 order by id desc limit $1`;
    return this.#database.query<Project>(sql, [limit + 1, after ?? null]);
  }

  create({ name, slug, description, repositoryUrl }: NewProject, actor: Actor): Promise<Project> {
    const sql = `insert into projects (id, name, slug, description, repository_url)
      values ($1, $2, $3, $4, $5) returning ${columns}`;
    const values = [uuidv7(), name, slug, description, repositoryUrl];
    return this.#database.transaction(async (query) => {
      const created = found(await slugTaken(slug, query<Project>(sql, values)));
      await recordChange(query, actor, { entity: "project", id: created.id, after: created });
      return created;
    });
  }

  async read(id: string): Promise<Project> {
    return found(await this.#database.query<Project>(`select ${columns} from projects where id = $1`, [id]));
  }

  /** A patch that changes nothing leaves the version as it is. */
  async update(id: string, patch: ProjectPatch, precondition: Precondition, actor: Actor): Promise<Project> {
    return this.#database.transaction(async (query) => {
      const current = await lock(query, id);
      precondition(current);
      const { name = current.name, slug = current.slug, description = current.description } = patch;
      // Null is a value here: it removes the URL.
      const { repositoryUrl = current.repositoryUrl } = patch;
      const wanted = [name, slug, description, repositoryUrl];
      const had = [current.name, current.slug, current.description, current.repositoryUrl];
      if (wanted.every((value, index) => value === had[index])) return current;
      const sql = `update projects set name = $2, slug = $3, description = $4, repository_url = $5,
        version = version + 1, updated_at = now() where id = $1 returning ${columns}`;
      const updated = found(await slugTaken(slug, query<Project>(sql, [id, ...wanted])));
      await recordChange(query, actor, { entity: "project", id, before: current, after: updated });
      return updated;
    });
  }

  /** What is finished goes with the project: pipelines, their runs, deployments. What is not keeps it. */
  async delete(id: string, precondition: Precondition, actor: Actor): Promise<void> {
    await this.#database.transaction(async (query) => {
      // Whoever adds anything to a project holds a share of this row until it commits: it is seen below, or it finds no
      // project.
      const current = await lock(query, id);
      precondition(current);
      const [unfinished] = await query<{ what: string }>(whatIsUnfinished, [id]);
      if (unfinished) throw new Problem("pipeline-unfinished", `${unfinished.what}; cancel it, or wait for its end`);
      await query("delete from projects where id = $1", [id]);
      await recordChange(query, actor, { entity: "project", id, before: current });
    });
  }
}

const whatIsUnfinished = `
  select format('pipeline %s is not finished', id) as what
    from pipelines where project_id = $1 and status in ('queued', 'running')
  union all
  select format('run %s of pipeline %s is not finished', r.number, p.id)
    from pipelines p join pipeline_runs r on r.pipeline_id = p.id
    where p.project_id = $1 and r.status in ('queued', 'running')
  union all
  select format('deployment %s is in progress', id) from deployments where project_id = $1 and status = 'in-progress'
  limit 1`;

async function lock(query: Query, id: string): Promise<Project> {
  return found(await query<Project>(`select ${columns} from projects where id = $1 for update`, [id]));
}

function found(rows: Project[]): Project {
  if (!rows[0]) throw new Problem("not-found", "no project has this id");
  return rows[0];
}

async function slugTaken<T>(slug: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!violates(error, "projects_slug_key")) throw error;
    const errors = [{ pointer: "/slug", detail: "must be unique" }];
    throw new Problem("slug-taken", `the slug ${slug} belongs to another project`, { errors, cause: error });
  }
}
