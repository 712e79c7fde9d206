import { escapeIdentifier, escapeLiteral } from "pg";
import type { Manifest } from "../catalogue/manifest.ts";
import { createDatabaseSql } from "../postgres/database.ts";
import type { Session } from "../postgres/session.ts";

/**
 * An empty database with the encoding, the sorting rules and the owner of the one that was backed up.
 * `owner` instead of the manifest's; null leaves it with the role that is connected.
 */
export async function createLike(
  session: Session,
  name: string,
  manifest: Pick<Manifest, "server" | "owner">,
  { owner = manifest.owner, tablespace }: { owner?: string | null; tablespace?: string | undefined } = {},
): Promise<void> {
  const parts = [
    createDatabaseSql(name, manifest.server, session.serverMajor),
    ...(owner === null ? [] : [`owner ${escapeIdentifier(owner)}`]),
    ...(tablespace === undefined ? [] : [`tablespace ${escapeIdentifier(tablespace)}`]),
  ];
  await session.query(parts.join(" "));
}

/** Their values are lists of names, each quoted on its own; as one quoted text they would be one odd name. */
const lists = new Set([
  "local_preload_libraries",
  "search_path",
  "session_preload_libraries",
  "shared_preload_libraries",
  "temp_tablespaces",
  "unix_socket_directories",
]);

/** From "name=value" as pg_db_role_setting has it. */
export function settingSql(database: string, role: string | null, setting: string): string {
  const at = setting.indexOf("=");
  const [name, value] = [setting.slice(0, at), setting.slice(at + 1)];
  const to = lists.has(name.toLowerCase())
    ? listElements(value).map(escapeLiteral).join(", ") || "''"
    : escapeLiteral(value);
  const whose =
    role === null
      ? `alter database ${escapeIdentifier(database)}`
      : `alter role ${escapeIdentifier(role)} in database ${escapeIdentifier(database)}`;
  // A setting of an extension has a dot in its name: each part is quoted on its own.
  return `${whose} set ${name.split(".").map(escapeIdentifier).join(".")} to ${to}`;
}

/** `"$user", public` → ["$user", "public"]. */
export function listElements(value: string): string[] {
  return Array.from(value.matchAll(/"((?:[^"]|"")*)"|([^,\s]+)/g), ([, quoted, plain]) =>
    quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"'),
  );
}
