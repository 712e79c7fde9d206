import { v7 as uuidv7 } from "uuid";
import type { Database, Query } from "../database/database.ts";
import { violates } from "../database/failure.ts";
import type { PageRequest } from "../http/paging.ts";
import type { Precondition } from "../http/preconditions.ts";
import { Problem } from "../http/problems.ts";
import type { NewProject, Project, ProjectPatch } from "./schema.ts";

const columns = `id, name, slug, description, repository_url as "repositoryUrl", version,
  created_at as "createdAt", updated_at as "updatedAt"`;

/** Projects in Postgres. Every refusal is a Problem. */
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

  async create({ name, slug, description, repositoryUrl }: NewProject): Promise<Project> {
    const sql = `insert into projects (id, name, slug, description, repository_url)
      values ($1, $2, $3, $4, $5) returning ${columns}`;
    const values = [uuidv7(), name, slug, description, repositoryUrl];
    return found(await slugTaken(slug, this.#database.query<Project>(sql, values)));
  }

  async read(id: string): Promise<Project> {
    return found(await this.#database.query<Project>(`select ${columns} from projects where id = $1`, [id]));
  }

  /** A patch that changes nothing leaves the version as it is. */
  async update(id: string, patch: ProjectPatch, precondition: Precondition): Promise<Project> {
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
      return found(await slugTaken(slug, query<Project>(sql, [id, ...wanted])));
    });
  }

  /** Finished pipelines go with the project; an unfinished one keeps it. */
  async delete(id: string, precondition: Precondition): Promise<void> {
    await this.#database.transaction(async (query) => {
      // A pipeline being created holds a share of this row until it commits, so the count below sees it or it finds no project.
      precondition(await lock(query, id));
      const unfinished = await query<{ id: string }>(
        "select id from pipelines where project_id = $1 and status in ('queued', 'running') limit 1",
        [id],
      );
      if (unfinished[0]) {
        throw new Problem("pipeline-unfinished", `pipeline ${unfinished[0].id} is not finished; cancel it first`);
      }
      await query("delete from projects where id = $1", [id]);
    });
  }
}

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
