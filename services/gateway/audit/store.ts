import type { Database } from "../database/database.ts";
import type { PageRequest } from "../http/paging.ts";
import type { AuditEntry, AuditFilter } from "./schema.ts";

const columns = `id, at, actor_id as "actorId", actor_role as "actorRole", action, entity, entity_id as "entityId",
  changed, before, after, trace_id as "traceId"`;

/** The audit log as readers see it; entries are written by `recordChange` only. */
export class AuditStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Newest first; one row more than the page holds, when there are more. */
  list({ entityId, actorId }: AuditFilter, { limit, after }: PageRequest): Promise<AuditEntry[]> {
    return this.#database.query<AuditEntry>(
      `select ${columns} from audit_log where ($2::uuid is null or id < $2)
        and ($3::uuid is null or entity_id = $3) and ($4::text is null or actor_id = $4) order by id desc limit $1`,
      [limit + 1, after ?? null, entityId ?? null, actorId ?? null],
    );
  }
}
