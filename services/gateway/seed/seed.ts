import { systemActor } from "../audit/actor.ts";
import type { Entity } from "../audit/entities.ts";
import { recordChange } from "../audit/record.ts";
import type { Database, Query } from "../database/database.ts";
import { type SeedRow, seedRows } from "./rows.ts";

/** How many of each were not there yet. */
export type Seeded = Record<Entity, number>;

/**
 * Puts the platform's example data into a database, all or nothing. A second time adds nothing: what is there stays as
 * people have made it, and what they deleted comes back. An example whose unique name somebody has taken is left out,
 * with all below it.
 */
export function seed(database: Database): Promise<Seeded> {
  return database.transaction(async (query) => {
    const added: Seeded = { user: 0, project: 0, pipeline: 0, run: 0, deployment: 0 };
    const left = new Set<unknown>();
    for (const row of seedRows()) {
      if (row.below.some((id) => left.has(id))) left.add(row.values["id"]);
      else if (await insert(query, row)) {
        if (row.entity) added[row.entity] += 1;
      } else if (!(await exists(query, row))) left.add(row.values["id"]);
    }
    return added;
  });
}

/** @returns whether it was not there yet */
async function insert(query: Query, { table, values, entity }: SeedRow): Promise<boolean> {
  const columns = Object.keys(values);
  const places = columns.map((_, index) => `$${index + 1}`);
  const sql = `insert into ${table} (${columns.join(", ")}) values (${places.join(", ")})
    on conflict do nothing returning 1`;
  if ((await query(sql, Object.values(values))).length === 0) return false;
  if (entity) await recordChange(query, systemActor, { entity, id: String(values["id"]), after: asField(values) });
  return true;
}

/** Stores name fields in their own way, and entries of the audit log have those names. */
const asField = (values: SeedRow["values"]) =>
  Object.fromEntries(
    Object.entries(values).map(([column, value]) => [
      column.replace(/_(\w)/g, (_, c: string) => c.toUpperCase()),
      value,
    ]),
  );

/** A step is there when its run is: both come together. */
async function exists(query: Query, { table, values, entity }: SeedRow): Promise<boolean> {
  if (!entity) return true;
  return (await query(`select 1 from ${table} where id = $1`, [values["id"]])).length > 0;
}
