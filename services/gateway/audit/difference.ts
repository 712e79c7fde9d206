import { bookkeeping, type Entity, entities } from "./entities.ts";

/** A row as a store hands it out. */
export type Fields = Readonly<Record<string, unknown>>;

export interface Difference {
  /** Names of all fields that differ, sorted. */
  readonly changed: readonly string[];
  /** Values of those among them that may be repeated; null where there was, or is, no row. */
  readonly before: Fields | null;
  readonly after: Fields | null;
}

/** What a change did to a row. A created row differs from nothing in every field that holds a value. */
export function difference(entity: Entity, before: object | undefined, after: object | undefined): Difference {
  const had = { ...before } as Fields;
  const has = { ...after } as Fields;
  const names = [...new Set([...Object.keys(had), ...Object.keys(has)])];
  const changed = names.filter((name) => !bookkeeping.has(name) && plain(had[name]) !== plain(has[name])).sort();
  const repeated = changed.filter((name) => (entities[entity] as readonly string[]).includes(name));
  const values = (row: Fields) => Object.fromEntries(repeated.map((name) => [name, row[name] ?? null]));
  return { changed, before: before ? values(had) : null, after: after ? values(has) : null };
}

/** Absent and null are the same here, and two dates of one moment too. */
const plain = (value: unknown): string => JSON.stringify(value ?? null);
