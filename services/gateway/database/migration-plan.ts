import { createHash } from "node:crypto";

/** A file of `migrations/`. */
export interface Migration {
  readonly id: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** A row of `schema_migrations`. */
export interface AppliedMigration {
  readonly id: number;
  readonly name: string;
  readonly checksum: string;
}

/** The schema must not be touched before a person has looked; retrying cannot help. */
export class MigrationRefused extends Error {
  override readonly name = "MigrationRefused";
}

const fileName = /^(\d{4})-([a-z0-9-]+)\.sql$/;

/** Files to migrations, in order. @throws MigrationRefused when names are wrong or numbers have a gap. */
export function readMigrations(files: ReadonlyMap<string, string>): Migration[] {
  const migrations = [...files].map(([file, text]) => {
    const [, number, name] = fileName.exec(file) ?? [];
    if (!number || !name) throw new MigrationRefused(`migration file ${file} is not named like 0001-projects.sql`);
    // A checkout with other line ends is the same migration.
    const sql = text.replaceAll("\r\n", "\n");
    return { id: Number(number), name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
  });
  migrations.sort((a, b) => a.id - b.id);
  for (const [index, { id, name }] of migrations.entries()) {
    if (id !== index + 1)
      throw new MigrationRefused(`migration ${id} (${name}) stands where number ${index + 1} belongs`);
  }
  return migrations;
}

/**
 * Which migrations are still to run. Rows above the newest file are fine: a newer release has been here, and its
 * migrations must keep the release before them working. Anything else that differs is refused.
 */
export function pendingMigrations(known: readonly Migration[], applied: readonly AppliedMigration[]): Migration[] {
  const byId = new Map(applied.map((row) => [row.id, row]));
  const newest = Math.max(0, ...byId.keys());
  for (const { id, name, checksum } of known) {
    const row = byId.get(id);
    if (row && row.checksum !== checksum) {
      throw new MigrationRefused(
        `migration ${id} (${name}) was changed after it ran: the database has ${short(row.checksum)}, the file has ` +
          `${short(checksum)}. Restore the file and put the change into a new migration`,
      );
    }
    if (!row && id < newest) {
      throw new MigrationRefused(`migration ${id} (${name}) never ran here, although migration ${newest} did`);
    }
  }
  return known.filter(({ id }) => !byId.has(id));
}

const short = (checksum: string): string => checksum.slice(0, 12);
