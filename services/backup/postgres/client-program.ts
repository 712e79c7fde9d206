import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { GoliveError } from "@golive/errors/golive-error.ts";

export interface ClientProgram {
  readonly path: string;
  readonly version: string;
  readonly major: number;
}

/** Where Debian and PostgreSQL's own packages put the programs of each major version. */
const installed = "/usr/lib/postgresql";

export type ClientProgramName = "pg_dump" | "pg_dumpall" | "pg_restore";

/**
 * pg_dump or pg_restore that fits a server: of the same major version if there is one, else the next newer one, because
 * an older pg_dump refuses a newer server. `atLeast` is the version of the archive to be read.
 */
export async function findClientProgram(
  name: ClientProgramName,
  serverMajor: number,
  { bin, atLeast = 0 }: { bin?: string | undefined; atLeast?: number } = {},
): Promise<ClientProgram> {
  const found = (await Promise.all(candidates(name, bin).map(versionOf))).filter((one) => one !== undefined);
  const wanted = Math.max(serverMajor, atLeast);
  const fitting = found.filter(({ major }) => major >= wanted).sort((a, b) => a.major - b.major);
  if (fitting[0]) return fitting[0];
  const have = found.length === 0 ? "none was found" : `found ${found.map(({ version }) => version).join(", ")}`;
  throw new GoliveError(
    "TOOL_MISSING",
    `${name} ${wanted} or newer is needed for this server (version ${serverMajor})${atLeast > serverMajor ? ` and archive (version ${atLeast})` : ""}; ${have}`,
    `Install postgresql-client-${wanted}, or set PG_BIN to the folder of its programs.`,
  );
}

function candidates(name: string, bin: string | undefined): string[] {
  if (bin) return [join(bin, name)];
  let majors: string[] = [];
  try {
    majors = readdirSync(installed).filter((entry) => /^\d+$/.test(entry));
  } catch {
    // No such folder: only PATH is left.
  }
  return [...majors.map((major) => join(installed, major, "bin", name)), name];
}

async function versionOf(path: string): Promise<ClientProgram | undefined> {
  try {
    // As in "pg_dump (PostgreSQL) 17.6 (Debian 17.6-0+deb13u1)".
    const { stdout } = await promisify(execFile)(path, ["--version"], { env: { PATH: process.env.PATH } });
    const version = /\(PostgreSQL\) (\d+\S*)/.exec(stdout)?.[1];
    return version ? { path, version, major: Number.parseInt(version, 10) } : undefined;
  } catch {
    return undefined;
  }
}
