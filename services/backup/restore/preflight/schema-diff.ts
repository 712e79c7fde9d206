import { relationName } from "../../postgres/relation-name.ts";
import type { TocEntry } from "../toc.ts";

/** Tables with the columns that have values of their own. Undefined where they are not known. */
export type Columns = readonly {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[] | undefined;
}[];

/** From the COPY statements of an archive's head. */
export function archiveColumns(entries: readonly TocEntry[]): Columns {
  return entries.flatMap(({ kind, schema, tag, copy }) =>
    kind === "TABLE DATA" ? [{ schema: schema ?? "", name: tag, columns: copyColumns(copy) }] : [],
  );
}

/** `COPY s.t (id, "a b") FROM stdin;` → ["id", "a b"]. The list is the last thing in brackets: a name may hold some too. */
export function copyColumns(copy: string | null): string[] | undefined {
  const list = /\(((?:"(?:[^"]|"")*"|[^()"])*)\) FROM stdin;\s*$/.exec(copy ?? "")?.[1];
  if (list === undefined) return undefined;
  return Array.from(list.matchAll(/"((?:[^"]|"")*)"|([^,\s]+)/g), ([, quoted, plain]) =>
    quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"'),
  );
}

/** What putting the backup in the place of the live database does to its tables, one line each. */
export function schemaDiff(backup: Columns, live: Columns): string[] {
  const at = ({ schema, name }: { schema: string; name: string }) => JSON.stringify([schema, name]);
  const [before, now] = [backup, live].map((side) => new Map(side.map((one) => [at(one), one])));
  const lines: string[] = [];
  for (const [key, table] of before ?? []) if (!now?.has(key)) lines.push(`table ${relationName(table)} comes back`);
  for (const [key, table] of now ?? []) {
    const then = before?.get(key);
    if (then === undefined) lines.push(`table ${relationName(table)} goes: the backup does not have it`);
    else if (then.columns && table.columns) {
      const back = then.columns.filter((column) => !table.columns?.includes(column));
      const gone = table.columns.filter((column) => !then.columns?.includes(column));
      if (back.length + gone.length > 0)
        lines.push(
          `table ${relationName(table)}: ${[...back.map((column) => `column ${JSON.stringify(column)} comes back`), ...gone.map((column) => `column ${JSON.stringify(column)} goes`)].join(", ")}`,
        );
    }
  }
  return lines;
}
