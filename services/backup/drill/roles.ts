import { escapeIdentifier } from "pg";
import type { Session } from "../postgres/session.ts";

/** What the stored globals tell of roles beyond their names. */
export interface RoleFacts {
  readonly superusers: ReadonlySet<string>;
  /** Pairs of group and member. */
  readonly memberships: readonly (readonly [group: string, member: string])[];
}

/** A name as pg_dumpall writes it: bare when it may be, else in double quotes. */
const name = `("(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)`;
const superuser = new RegExp(String.raw`^ALTER ROLE ${name} WITH SUPERUSER\b`, "gm");
const membership = new RegExp(`^GRANT ${name} TO ${name}[ ;]`, "gm");

/**
 * Reads pg_dumpall's SQL instead of running it: a throwaway server needs who is a superuser (event triggers and foreign-data
 * wrappers belong to superusers only) and who is in which group, and neither passwords nor settings.
 */
export function roleFacts(globals: string): RoleFacts {
  return {
    superusers: new Set([...globals.matchAll(superuser)].map(([, role]) => bare(role))),
    memberships: [...globals.matchAll(membership)].map(([, group, member]) => [bare(group), bare(member)] as const),
  };
}

const bare = (written = ""): string => (written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written);

/** Makes the roles that own or may do something in a backup, as ones that nobody can log in as. */
export async function createRoles(session: Session, names: readonly string[], facts: RoleFacts): Promise<void> {
  const known = async () =>
    new Set(
      (await session.query<{ name: string }>("select rolname as name from pg_catalog.pg_roles")).map((row) => row.name),
    );
  const before = await known();
  for (const role of new Set(names)) {
    if (before.has(role)) continue;
    const more = facts.superusers.has(role) ? "nologin superuser" : "nologin";
    await session.query(`create role ${escapeIdentifier(role)} ${more}`);
  }
  const after = await known();
  for (const [group, member] of facts.memberships)
    if (after.has(group) && after.has(member) && !(before.has(group) && before.has(member)))
      await session.query(`grant ${escapeIdentifier(group)} to ${escapeIdentifier(member)}`);
}
