import type { ClientProgram } from "./client-program.ts";

/**
 * The first minor release of each major whose programs do not let a database, or its server, run code where it is dumped or restored:
 * CVE-2026-6477 (a server's answer about a large object overruns the client's stack; PostgreSQL's release of 2026-05-14), and before it
 * CVE-2025-8714 and CVE-2025-8715 (names that reach psql) and CVE-2024-7348 (a view put in a table's place under pg_dump). Majors
 * before the first get no fixes any more; those after the last never had the faults.
 */
const fixedIn: Readonly<Record<number, number>> = { 14: 23, 15: 18, 16: 14, 17: 10, 18: 4 };

/** A sentence when a program is one of those, else undefined. It is no reason to go without a backup, so it is a warning. */
export function outdatedClient(
  name: string,
  { version, major }: Pick<ClientProgram, "version" | "major">,
): string | undefined {
  const minors = Object.keys(fixedIn).map(Number);
  if (major > Math.max(...minors)) return undefined;
  const [fixed, minor] = [fixedIn[major], Number(/^\d+\.(\d+)/.exec(version)?.[1])];
  if (fixed === undefined) return `${name} ${version} gets no fixes any more: install a newer postgresql-client`;
  if (minor >= fixed) return undefined;
  return `${name} ${version} can be made to run code by what it dumps or restores: update postgresql-client-${major} to ${major}.${fixed} or newer`;
}
