import { v7 as uuidv7 } from "uuid";
import type { Actor } from "../audit/actor.ts";
import { recordChange } from "../audit/record.ts";
import type { Database, Query } from "../database/database.ts";
import { violates } from "../database/failure.ts";
import type { PageRequest } from "../http/paging.ts";
import type { Precondition } from "../http/preconditions.ts";
import { Problem } from "../http/problems.ts";
import type { NewUser, User, UserPatch } from "./schema.ts";

const columns = `id, email, name, role, disabled, version, created_at as "createdAt", updated_at as "updatedAt"`;

/** Users in Postgres. Every refusal is a Problem; every change is in the audit log. */
export class UserStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** One row more than the page holds, when there are more. */
  list({ limit, after }: PageRequest): Promise<User[]> {
    const sql = `select ${columns} from users where $2::uuid is null or id < $2 order by id desc limit $1`;
    return this.#database.query<User>(sql, [limit + 1, after ?? null]);
  }

  create({ email, name, role, disabled }: NewUser, actor: Actor): Promise<User> {
    return this.#database.transaction(async (query) => {
      const sql = `insert into users (id, email, name, role, disabled)
        values ($1, $2, $3, $4, $5) returning ${columns}`;
      const created = found(await emailTaken(query<User>(sql, [uuidv7(), email, name, role, disabled])));
      await recordChange(query, actor, { entity: "user", id: created.id, after: created });
      return created;
    });
  }

  async read(id: string): Promise<User> {
    return found(await this.#find(id));
  }

  /** Undefined when nobody has this id. */
  async find(id: string): Promise<User | undefined> {
    return (await this.#find(id))[0];
  }

  /** A patch that changes nothing leaves the version as it is. */
  update(id: string, patch: UserPatch, precondition: Precondition, actor: Actor): Promise<User> {
    return this.#database.transaction(async (query) => {
      const current = await lock(query, id);
      precondition(current);
      const { email, name, role, disabled } = { ...current, ...patch };
      const wanted = [email, name, role, disabled];
      const had = [current.email, current.name, current.role, current.disabled];
      if (wanted.every((value, index) => value === had[index])) return current;
      const sql = `update users set email = $2, name = $3, role = $4, disabled = $5,
        version = version + 1, updated_at = now() where id = $1 returning ${columns}`;
      const updated = found(await emailTaken(query<User>(sql, [id, ...wanted])));
      await recordChange(query, actor, { entity: "user", id, before: current, after: updated });
      return updated;
    });
  }

  async delete(id: string, precondition: Precondition, actor: Actor): Promise<void> {
    await this.#database.transaction(async (query) => {
      const current = await lock(query, id);
      precondition(current);
      await query("delete from users where id = $1", [id]);
      await recordChange(query, actor, { entity: "user", id, before: current });
    });
  }

  #find(id: string): Promise<User[]> {
    return this.#database.query<User>(`select ${columns} from users where id = $1`, [id]);
  }
}

async function lock(query: Query, id: string): Promise<User> {
  return found(await query<User>(`select ${columns} from users where id = $1 for update`, [id]));
}

function found(rows: User[]): User {
  if (!rows[0]) throw new Problem("not-found", "no user has this id");
  return rows[0];
}

/** The address is not repeated: an answer ends up in logs, and it is somebody's. */
async function emailTaken<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!violates(error, "users_email_key")) throw error;
    const errors = [{ pointer: "/email", detail: "must be unique" }];
    throw new Problem("email-taken", "the address belongs to another user", { errors, cause: error });
  }
}
