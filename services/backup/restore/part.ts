import { GoliveError } from "@golive/errors/golive-error.ts";
import { relationName } from "../postgres/relation-name.ts";
import type { TocEntry } from "./toc.ts";

export interface RelationId {
  readonly schema: string;
  readonly name: string;
}

/** Tables and whole schemas of a backup. */
export interface Part {
  readonly tables: readonly RelationId[];
  readonly schemas: readonly string[];
}

export interface ChosenPart {
  /** Dump ids of the entries to restore. */
  readonly entries: ReadonlySet<number>;
  /** Tables, materialized views and sequences whose contents come along, to be compared. */
  readonly relations: readonly RelationId[];
  /** What hangs on the part and cannot come along, in words. */
  readonly leftOut: readonly string[];
}

const relationKinds = new Set(["TABLE", "MATERIALIZED VIEW", "VIEW", "FOREIGN TABLE", "SEQUENCE"]);

/** What belongs to a relation and is nothing without it. Foreign keys and attachments of partitions are seen to by themselves. */
const belongings = new Set([
  "TABLE DATA",
  "MATERIALIZED VIEW DATA",
  "SEQUENCE",
  "SEQUENCE SET",
  "SEQUENCE OWNED BY",
  "DEFAULT",
  "CONSTRAINT",
  "CHECK CONSTRAINT",
  "INDEX",
  "STATISTICS",
  "TRIGGER",
  "RULE",
  "POLICY",
  "ROW SECURITY",
  "COMMENT",
  "SECURITY LABEL",
  "ACL",
]);

/**
 * A part of an archive that restores by itself: the tables with all that belongs to them (rows, indexes, sequences, triggers, rights,
 * partitions), and whatever they need to be made (types, functions, schemas, extensions, tables they inherit from, without rows).
 * pg_restore's own --table brings none of that. Foreign keys to tables outside the part are left out, and said.
 */
export function choosePart(entries: readonly TocEntry[], part: Part): ChosenPart {
  const byId = new Map(entries.map((entry) => [entry.dumpId, entry]));
  const chosen = new Set<number>();
  /** The relations asked for and what comes with them; what is only needed to make them is not among these. */
  const wanted = new Set<number>();
  const want = (entry: TocEntry): void => {
    chosen.add(entry.dumpId);
    wanted.add(entry.dumpId);
  };
  for (const schema of part.schemas) {
    const inside = entries.filter(
      (entry) => entry.schema === schema || (entry.kind === "SCHEMA" && entry.tag === schema),
    );
    if (inside.length === 0) throw notThere(`schema ${JSON.stringify(schema)}`);
    for (const entry of inside) if (entry.kind !== "FK CONSTRAINT" && !entry.kind.endsWith(" ATTACH")) want(entry);
  }
  for (const table of part.tables) {
    const found = entries.filter(
      ({ kind, schema, tag }) => relationKinds.has(kind) && schema === table.schema && tag === table.name,
    );
    if (found.length === 0) throw notThere(`table ${relationName(table)}`);
    found.forEach(want);
  }
  const leftOut = new Set<string>();
  for (let before = -1; before !== chosen.size; ) {
    before = chosen.size;
    for (const entry of entries) {
      const on = entry.dependsOn.filter((id) => wanted.has(id));
      if (wanted.has(entry.dumpId) || on.length === 0) continue;
      if (belongings.has(entry.kind)) want(entry);
      else if (entry.kind === "TABLE ATTACH") {
        const child = entries.find(
          ({ kind, schema, tag }) => kind === "TABLE" && schema === entry.schema && tag === entry.tag,
        );
        // Only a parent brings its partitions; a partition that is asked for stands alone.
        if (on.some((id) => byId.get(id)?.kind === "TABLE" && id !== child?.dumpId)) {
          if (child) want(child);
          want(entry);
        }
      } else if (entry.kind === "INDEX ATTACH" && on.length === entry.dependsOn.length) want(entry);
    }
  }
  for (const entry of entries) {
    if (entry.kind !== "FK CONSTRAINT" || !entry.dependsOn.some((id) => wanted.has(id))) continue;
    const tables = entry.dependsOn
      .map((id) => byId.get(id))
      .filter((one) => one?.kind === "TABLE" || one?.kind === "CONSTRAINT" || one?.kind === "INDEX");
    if (tables.every((one) => one !== undefined && wanted.has(one.dumpId))) want(entry);
    else leftOut.add(`foreign key ${entry.tag}: it points out of what is restored, or into it from outside`);
  }
  if (entries.some(({ kind }) => kind.startsWith("BLOB"))) leftOut.add("large objects: they belong to no table");
  close(chosen, byId);
  const relations = entries.flatMap(({ dumpId, kind, schema, tag }) =>
    wanted.has(dumpId) && ["TABLE DATA", "MATERIALIZED VIEW", "SEQUENCE"].includes(kind)
      ? [{ schema: schema ?? "", name: tag }]
      : [],
  );
  return { entries: chosen, relations, leftOut: [...leftOut] };
}

/** Adds everything that the chosen entries cannot be made without. */
function close(chosen: Set<number>, byId: ReadonlyMap<number, TocEntry>): void {
  const open = [...chosen];
  for (let id = open.pop(); id !== undefined; id = open.pop())
    for (const needed of byId.get(id)?.dependsOn ?? [])
      if (byId.has(needed) && !chosen.has(needed)) {
        chosen.add(needed);
        open.push(needed);
      }
}

/** `s.t`, or `"odd name"."t"`; without a schema it is public's. @throws USAGE */
export function parseRelation(text: string): RelationId {
  const parts = /^(?:("(?:[^"]|"")+"|[^".]+)\.)?("(?:[^"]|"")+"|[^".]+)$/.exec(text);
  if (parts === null)
    throw new GoliveError(
      "USAGE",
      `${JSON.stringify(text)} does not name a table`,
      'Write schema.table, with double quotes where SQL needs them: "odd name".t',
    );
  const bare = (part: string) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part);
  return { schema: bare(parts[1] ?? "public"), name: bare(parts[2] ?? "") };
}

const notThere = (what: string): GoliveError =>
  new GoliveError("USAGE", `the backup has no ${what}`, "See its tables with `golive-backup show <id>`.");
