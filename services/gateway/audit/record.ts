import { v7 as uuidv7 } from "uuid";
import type { Query } from "../database/database.ts";
import { traceIds } from "../telemetry/trace-ids.ts";
import type { Actor } from "./actor.ts";
import { difference } from "./difference.ts";
import type { Entity } from "./entities.ts";

/** A row before and after: one of them is absent when it was created or deleted. */
export interface Change {
  readonly entity: Entity;
  readonly id: string;
  readonly before?: object;
  readonly after?: object;
}

const insert = `insert into audit_log
  (id, actor_id, actor_role, action, entity, entity_id, changed, before, after, trace_id)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;

/**
 * Writes the entry of one change. `query` is that of the change's own transaction, so that neither exists without the
 * other. What a deletion takes along, such as a project's pipelines, is part of its entry and has none of its own.
 */
export async function recordChange(query: Query, actor: Actor, { entity, id, before, after }: Change): Promise<void> {
  const action = before === undefined ? "created" : after === undefined ? "deleted" : "updated";
  const { changed, ...sides } = difference(entity, before, after);
  const traceId = traceIds()?.trace_id ?? null;
  const values = [actor.id, actor.role, action, entity, id, changed, sides.before, sides.after, traceId];
  await query(insert, [uuidv7(), ...values]);
}
