import { escapeIdentifier } from "pg";
import type { Manifest } from "../catalogue/manifest.ts";
import type { Session } from "../postgres/session.ts";
import { settingSql } from "./create-like.ts";
import type { TocEntry } from "./toc.ts";

/** What belongs to a database and not to what is in it, as the archive's head has it: pg_restore would apply it to the old name alone. */
export interface DatabaseProperties {
  readonly settings: readonly Setting[];
  readonly comment: string | null;
  /** Undefined for no limit. */
  readonly connectionLimit: number | undefined;
  /** Where its tables lie that name none; undefined for the server's default. */
  readonly tablespace: string | undefined;
}

/** `ALTER … SET`; every part is SQL as pg_dump wrote it. */
interface Setting {
  /** Of this role in the database; undefined for all. */
  readonly role: string | undefined;
  readonly name: string;
  readonly value: string;
}

const name = `(?:"(?:[^"]|"")+"|[^\\s"';]+)`;
/** Backslashes in it are doubled where they count, so that a quote is always two quotes. */
const literal = `E?'(?:[^']|'')*'`;
/** A definition's statements, whatever lines and semicolons its names and texts hold. */
export const statements = /(?:"(?:[^"]|"")*"|'(?:[^']|'')*'|[^;"'])+;/g;
const patterns = {
  setting: new RegExp(
    `^ALTER (?:DATABASE ${name}|ROLE (${name}) IN DATABASE ${name}) SET (${name}) TO +(${literal}(?:, *${literal})*);$`,
  ),
  limit: new RegExp(`^ALTER DATABASE ${name} CONNECTION LIMIT = (\\d+);$`),
  comment: new RegExp(`^COMMENT ON DATABASE ${name} IS +(${literal});$`),
  tablespace: new RegExp(` TABLESPACE = (${name});$`),
};

export function databaseProperties(entries: readonly TocEntry[]): DatabaseProperties {
  const of = (kind: string): string[] =>
    entries
      .filter((entry) => entry.kind === kind && (kind !== "COMMENT" || entry.tag.startsWith("DATABASE ")))
      .flatMap(({ definition }) => definition.match(statements) ?? [])
      .map((statement) => statement.trim());
  const first = (kind: string, pattern: RegExp): string | undefined =>
    of(kind).flatMap((statement) => pattern.exec(statement)?.[1] ?? [])[0];
  const [comment, limit] = [first("COMMENT", patterns.comment), first("DATABASE PROPERTIES", patterns.limit)];
  const tablespace = first("DATABASE", patterns.tablespace);
  return {
    settings: of("DATABASE PROPERTIES").flatMap((statement) => {
      const [, role, setting, value] = patterns.setting.exec(statement) ?? [];
      return setting === undefined || value === undefined ? [] : [{ role, name: setting, value }];
    }),
    comment: comment === undefined ? null : textOf(comment),
    connectionLimit: limit === undefined ? undefined : Number(limit),
    tablespace: tablespace === undefined ? undefined : bare(tablespace),
  };
}

const bare = (written: string): string =>
  written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written;

function textOf(written: string): string {
  const text = written.replace(/^E?'/, "").slice(0, -1).replaceAll("''", "'");
  return written.startsWith("E") ? text.replaceAll("\\\\", "\\") : text;
}

/**
 * ALTER DATABASE … SET as the backed up database had them. After the rows are in and compared: with default_transaction_read_only
 * among them, for one, nothing could be restored. From the archive, which is encrypted: the manifest keeps no value that may be secret,
 * and is asked only where the archive's head cannot be read.
 *
 * @returns the settings that were not taken over, as warnings
 */
export async function applyDatabaseSettings(
  session: Session,
  database: string,
  { databaseSettings }: Pick<Manifest, "databaseSettings">,
  entries: readonly TocEntry[] | undefined,
): Promise<string[]> {
  const refused: string[] = [];
  const apply = async (what: string, sql: string): Promise<void> => {
    await session.query(sql).catch((error: Error) => {
      refused.push(`setting ${what} of the database was not taken over: ${error.message}`);
    });
  };
  if (entries !== undefined) {
    for (const { role, name: setting, value } of databaseProperties(entries).settings)
      await apply(
        `${bare(setting)}${role === undefined ? "" : ` of role ${role}`}`,
        `alter ${role === undefined ? "" : `role ${role} in `}database ${escapeIdentifier(database)} set ${setting} to ${value}`,
      );
    return refused;
  }
  for (const { role, settings } of databaseSettings)
    for (const setting of settings) {
      const what = `${setting.split("=")[0]}${role === null ? "" : ` of role ${JSON.stringify(role)}`}`;
      if (setting.includes("=")) await apply(what, settingSql(database, role, setting));
      else refused.push(`setting ${what} of the database was not taken over: its value is in the archive alone`);
    }
  return refused;
}
