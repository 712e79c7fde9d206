import { escapeIdentifier, escapeLiteral } from "pg";
import type { Manifest } from "../catalogue/manifest.ts";
import type { Session } from "./session.ts";

export async function databaseExists(session: Session, name: string): Promise<boolean> {
  return (await session.query("select from pg_database where datname = $1", [name])).length > 0;
}

/** An empty database with the encoding and the sorting rules of the one that was dumped. */
export async function createDatabaseLike(session: Session, name: string, like: Manifest["server"]): Promise<void> {
  await session.query(createDatabaseSql(name, like, session.serverMajor));
}

/** From template0: it alone is empty and takes any encoding. */
export function createDatabaseSql(name: string, like: Manifest["server"], serverMajor: number): string {
  const parts = [
    `create database ${escapeIdentifier(name)} template template0`,
    `encoding ${escapeLiteral(like.encoding)}`,
    `lc_collate ${escapeLiteral(like.collate)} lc_ctype ${escapeLiteral(like.ctype)}`,
  ];
  if (serverMajor >= 15) parts.push(`locale_provider ${like.localeProvider}`);
  if (like.localeProvider === "icu" && like.locale) parts.push(`icu_locale ${escapeLiteral(like.locale)}`);
  if (like.localeProvider === "builtin" && like.locale) parts.push(`builtin_locale ${escapeLiteral(like.locale)}`);
  return parts.join(" ");
}

/** Drops a database of ours, whoever is still looking into it. */
export async function dropDatabase(session: Session, name: string): Promise<void> {
  await session.query(`drop database if exists ${escapeIdentifier(name)} with (force)`);
}

/** Fails with SQLSTATE 42P04 when the new name is taken. */
export async function renameDatabase(session: Session, from: string, to: string): Promise<void> {
  await session.query(`alter database ${escapeIdentifier(from)} rename to ${escapeIdentifier(to)}`);
}
