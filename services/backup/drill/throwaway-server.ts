import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { redact } from "@golive/errors/redact.ts";
import type { PostgresConfig } from "../config/postgres.ts";
import { connect } from "../postgres/session.ts";
import { drillFailed } from "./drill-failure.ts";
import type { Owner, ScratchFolder } from "./scratch-folder.ts";

/** A PostgreSQL server that nobody else can reach, and that is gone when disposed of. */
export interface ThrowawayServer extends AsyncDisposable {
  /** How to log in as its superuser. */
  readonly postgres: PostgresConfig;
  readonly version: string;
  readonly major: number;
  /** The last it said. */
  log(): string;
}

/**
 * Settings of a server whose data is worth nothing. On a unix socket only. What is restored can connect to nothing by itself:
 * no workers of subscriptions run. A backend that crashes ends it all, so that no drill goes on with half of what it had.
 */
const settings = {
  listen_addresses: "''",
  unix_socket_permissions: "0700",
  fsync: "off",
  full_page_writes: "off",
  synchronous_commit: "off",
  // Rows copied into a table of the same transaction need no log then.
  wal_level: "minimal",
  max_wal_senders: "0",
  max_wal_size: "256MB",
  autovacuum: "off",
  jit: "off",
  shared_buffers: "128MB",
  maintenance_work_mem: "128MB",
  // Containers have 64 MB of /dev/shm, too little for parallel index builds.
  dynamic_shared_memory_type: "mmap",
  max_logical_replication_workers: "0",
  restart_after_crash: "off",
} as const;

/** Its superuser, called as everywhere, so that what belonged to `postgres` belongs to `postgres` again. */
const superuser = "postgres";
/** Socket folders are one a server, so every server may have the usual port. */
const port = 5432;
/** Until it answers: initdb took 1 to 3 s here, the start less than one; a busy node takes longer. */
const startMs = 60_000;
/** From the request to end at once until SIGKILL. */
const graceMs = 5_000;

export interface ServerPrograms {
  readonly bin: string;
  readonly major: number;
}

/** The server programs of one major version. @throws DRILL_FAILED */
export function findServerPrograms(root: string, major: number): ServerPrograms {
  const bin = join(root, String(major), "bin");
  const missing = ["initdb", "postgres"].find((name) => !existsSync(join(bin, name)));
  if (missing === undefined) return { bin, major };
  throw drillFailed(
    `${join(bin, missing)} is not there: a backup of a server of version ${major} is drilled on version ${major}`,
    `Install postgresql-${major}, or run the drill in the image backup-drill.`,
  );
}

/** Who the server runs as: nobody else than this process, or `user` when this process is root. @throws DRILL_FAILED */
export async function serverOwner(user: string, uid = process.getuid?.()): Promise<Owner | undefined> {
  if (uid !== 0) return undefined;
  const id = async (flag: string) => Number((await promisify(execFile)("id", [flag, user])).stdout);
  const owner = await Promise.all([id("-u"), id("-g")]).catch((cause) => {
    throw drillFailed(
      `BACKUP_DRILL_USER=${user}: there is no such user, and PostgreSQL does not run as root`,
      "Name another user, or run the drill as one that is not root.",
      cause,
    );
  });
  if (owner[0] === 0)
    throw drillFailed(`BACKUP_DRILL_USER=${user} is root, and PostgreSQL does not run as root`, "Name another user.");
  return { uid: owner[0], gid: owner[1] };
}

export interface StartOptions {
  readonly folder: ScratchFolder;
  readonly programs: ServerPrograms;
  readonly owner: Owner | undefined;
  readonly signal: AbortSignal;
}

/** Makes and starts a server in a scratch folder. @throws DRILL_FAILED */
export async function startThrowawayServer({
  folder,
  programs,
  owner,
  signal,
}: StartOptions): Promise<ThrowawayServer> {
  const data = join(folder.path, "data");
  // Nothing of this process's environment: it names keys, and what is restored runs code.
  const as = {
    cwd: folder.path,
    env: { PATH: `${programs.bin}:/usr/bin:/bin`, LC_ALL: "C.UTF-8", TZ: "UTC" },
    ...owner,
  };
  const initdb = ["-D", data, "-U", superuser, "-A", "trust", "--no-sync", "--encoding=UTF8"];
  await promisify(execFile)(join(programs.bin, "initdb"), initdb, { ...as, signal }).catch((cause) => {
    signal.throwIfAborted();
    throw drillFailed(
      `initdb made no server: ${lastLine(cause)}`,
      "Check the space and rights of BACKUP_SCRATCH_FOLDER.",
      cause,
    );
  });
  const lines = Object.entries({ ...settings, unix_socket_directories: quoted(folder.sockets), port: String(port) });
  await writeFile(join(data, "postgresql.auto.conf"), lines.map(([name, value]) => `${name} = ${value}\n`).join(""));

  // Should this process be killed outright, the kernel ends the server with it.
  const start = [join(programs.bin, "postgres"), "-D", data];
  const [program = "", ...args] = existsSync(setpriv) ? [setpriv, "--pdeathsig", "QUIT", ...start] : start;
  const child = spawn(program, args, { ...as, stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log = (log + text).slice(-4000);
  });
  const stop = () => end(child);
  const postgres: PostgresConfig = {
    host: folder.sockets,
    port,
    database: "postgres",
    user: superuser,
    password: undefined,
    caFile: undefined,
    bin: programs.bin,
    maintenanceDatabase: "postgres",
    lockWaitSeconds: 60,
  };
  try {
    const version = await untilAnswers(postgres, child, () => redact(log.trim()), signal);
    return { postgres, version, major: programs.major, log: () => redact(log.trim()), [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const setpriv = "/usr/bin/setpriv";

async function untilAnswers(
  config: PostgresConfig,
  child: ChildProcess,
  log: () => string,
  signal: AbortSignal,
): Promise<string> {
  for (const limit = Date.now() + startMs; ; ) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined)
      throw drillFailed(
        `the throwaway server ended at its start: ${log()}`,
        "Cure what it names and run the drill again.",
      );
    try {
      await using session = await connect(config, config.database, signal);
      return session.serverVersion;
    } catch (cause) {
      signal.throwIfAborted();
      if (Date.now() > limit)
        throw drillFailed(
          `the throwaway server did not answer within ${startMs / 1000} s: ${log()}`,
          "Run the drill again.",
          cause,
        );
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** SIGQUIT is PostgreSQL's immediate stop: without a checkpoint, which would be time wasted on data that is removed. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGQUIT");
  const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await ended;
  clearTimeout(timer);
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

function lastLine(error: { message: string; stderr?: string }): string {
  const lines = redact(error.stderr?.trim() || error.message).split("\n");
  return lines.filter((line) => /error|could not|no such/i.test(line)).at(-1) ?? lines.at(-1) ?? "";
}
