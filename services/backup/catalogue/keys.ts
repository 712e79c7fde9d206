import { isBackupId } from "./backup-id.ts";

/** Root of every logical backup in a store; other kinds get roots of their own. */
export const root = "postgres/";

/** What lies in a backup's folder. `manifest.json` comes last and makes the others a backup. */
export const fileNames = {
  dump: "database.dump.zst.age",
  globals: "globals.sql.zst.age",
  manifest: "manifest.json",
} as const;
export type FileKind = keyof typeof fileNames;

/** Signed records that come later: verified, drilled, held, released. One object each, never changed. */
const recordName = /^records\/(\d{8}T\d{9}Z-[0-9a-f]{6})\.json$/;

/** A database may be called `../../etc/x`. Whatever is not plainly a letter, a digit, - or _ becomes %XX of its UTF-8. */
export function encodeDatabase(name: string): string {
  return Array.from(Buffer.from(name, "utf8"), (byte) => {
    const char = String.fromCharCode(byte);
    return /[A-Za-z0-9_-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}

/** Which backup: ids are unique by chance only, so the database is part of the name. */
export interface BackupName {
  readonly database: string;
  readonly id: string;
}

export const prefixOf = (database: string): string => `${root}${encodeDatabase(database)}/`;
export const folderOf = ({ database, id }: BackupName): string => `${prefixOf(database)}${id}/`;
export const keyOf = (backup: BackupName, kind: FileKind): string => `${folderOf(backup)}${fileNames[kind]}`;
export const recordKey = (backup: BackupName, recordId: string): string =>
  `${folderOf(backup)}records/${recordId}.json`;

export interface ParsedKey extends BackupName {
  readonly kind: FileKind | "record";
}

/** What a key of the store stands for; undefined for everything that is not ours. */
export function parseKey(key: string): ParsedKey | undefined {
  const [first, encoded, id, ...rest] = key.split("/");
  if (`${first}/` !== root || !encoded || !id || !isBackupId(id)) return undefined;
  const kind = kindOf(rest.join("/"));
  if (kind === undefined) return undefined;
  try {
    const database = decodeURIComponent(encoded);
    // One database has one spelling; another spelling of it is a foreign file.
    return encodeDatabase(database) === encoded ? { database, id, kind } : undefined;
  } catch {
    return undefined;
  }
}

function kindOf(name: string): ParsedKey["kind"] | undefined {
  if (recordName.test(name)) return "record";
  return (Object.keys(fileNames) as FileKind[]).find((kind) => fileNames[kind] === name);
}
