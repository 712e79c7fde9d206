import { escapeIdentifier } from "pg";
import type { Session } from "../postgres/session.ts";
import { statements } from "./database-properties.ts";
import type { TocEntry } from "./toc.ts";

/**
 * Rights on a database itself (CONNECT, TEMPORARY, CREATE), which pg_restore leaves out unless it makes the database under its old
 * name. Without them, whom REVOKE CONNECT kept out would be in again.
 */
export async function copyDatabaseRights(session: Session, from: string, to: string): Promise<void> {
  const rows = await session.query<{ role: string | null; privilege: string; grantable: boolean }>(
    `select r.rolname as role, a.privilege_type as privilege, a.is_grantable as grantable
       from pg_catalog.pg_database d
       cross join lateral pg_catalog.aclexplode(d.datacl) a
       left join pg_catalog.pg_roles r on r.oid = a.grantee
      where d.datname = $1 and a.grantee <> d.datdba and (a.grantee = 0 or r.rolname is not null)`,
    [from],
  );
  const [own] = await session.query("select from pg_catalog.pg_database where datname = $1 and datacl is not null", [
    from,
  ]);
  if (own === undefined) return;
  const database = escapeIdentifier(to);
  await session.query(`revoke all on database ${database} from public`);
  for (const { role, privilege, grantable } of rows)
    await session.query(
      `grant ${privilege} on database ${database} to ${role === null ? "public" : escapeIdentifier(role)}${grantable ? " with grant option" : ""}`,
    );
}

const statement =
  /^(GRANT|REVOKE) ([A-Z, ]+?) ON DATABASE (?:"(?:[^"]|"")+"|[^\s"]+) (TO|FROM) ((?:"(?:[^"]|"")+"|[^\s";]+))( WITH GRANT OPTION)?;$/;

/** The same out of an archive's head, for a database that has no predecessor here. @returns what could not be taken over */
export async function applyArchiveRights(
  session: Session,
  entries: readonly TocEntry[],
  database: string,
): Promise<string[]> {
  const refused: string[] = [];
  for (const { kind, tag, definition } of entries) {
    if (kind !== "ACL" || !tag.startsWith("DATABASE ")) continue;
    for (const line of definition.match(statements) ?? []) {
      const parts = statement.exec(line.trim());
      if (parts === null) {
        refused.push("a right on the database was not taken over: its statement is not understood here");
        continue;
      }
      const [, verb, privileges, direction, role, option = ""] = parts;
      await session
        .query(`${verb} ${privileges} ON DATABASE ${escapeIdentifier(database)} ${direction} ${role}${option}`)
        .catch((error: Error) => refused.push(`a right on the database was not taken over: ${error.message}`));
    }
  }
  return refused;
}
