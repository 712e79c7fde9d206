import { chownSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ensurePackages } from "@golive/local/toolchain/packages.ts";
import { execa } from "execa";
import type { Command } from "./timed.ts";
import type { BenchWorld } from "./world.ts";

const folderOf = ({ folder }: BenchWorld) => join(folder, "pgbackrest");
export const repositoryOf = (world: BenchWorld): string => join(folderOf(world), "repo");

/** It reads the data folder, so it runs as the server's user. Nothing archives WAL here, so it shall not wait for any. */
export function backupWithPgBackRest(world: BenchWorld): Command {
  return pgBackRest(world, "backup", "--type=full", "--no-archive-check");
}

/** Why it cannot run here, in its own words; undefined when it can. Debian's may be older than the server. */
export async function pgBackRestUnfit(world: BenchWorld): Promise<string | undefined> {
  try {
    await ensurePackages(["pgbackrest"], world);
    await preparePgBackRest(world);
    return undefined;
  } catch (error) {
    world.signal.throwIfAborted();
    const { stderr, stdout, message } = error as { stderr?: string; stdout?: string; message: string };
    const said = (stderr || stdout || message).trim().split("\n");
    return (said.find((line) => /ERROR/.test(line)) ?? said[0] ?? "").slice(0, 200);
  }
}

/** A new repository, with the stanza made. */
export async function preparePgBackRest(world: BenchWorld): Promise<void> {
  const folder = folderOf(world);
  const owner = statSync(world.postgres.passwordFile);
  rmSync(folder, { recursive: true, force: true });
  for (const name of ["", "repo", "lock", "log", "spool"]) {
    mkdirSync(join(folder, name));
    chownSync(join(folder, name), owner.uid, owner.gid);
  }
  const passwords = join(folder, "pgpass");
  writeFileSync(passwords, `*:*:*:*:${world.postgres.password}\n`, { mode: 0o600 });
  chownSync(passwords, owner.uid, owner.gid);
  const { argv, env, cwd } = pgBackRest(world, "stanza-create");
  const [program = "", ...args] = argv;
  await execa(program, args, {
    env,
    extendEnv: false,
    cwd: cwd ?? "/",
    uid: owner.uid,
    gid: owner.gid,
    cancelSignal: world.signal,
  });
}

function pgBackRest(world: BenchWorld, verb: string, ...flags: string[]): Command {
  const folder = folderOf(world);
  const { passwordFile, port, user } = world.postgres;
  const { uid, gid } = statSync(passwordFile);
  const home = dirname(passwordFile);
  const settings = {
    STANZA: "bench",
    PG1_PATH: join(home, "data"),
    PG1_PORT: String(port),
    PG1_SOCKET_PATH: home,
    PG1_USER: user,
    REPO1_PATH: join(folder, "repo"),
    REPO1_RETENTION_FULL: "1",
    LOCK_PATH: join(folder, "lock"),
    LOG_PATH: join(folder, "log"),
    SPOOL_PATH: join(folder, "spool"),
    COMPRESS_TYPE: "zst",
    COMPRESS_LEVEL: "1",
    PROCESS_MAX: "2",
    START_FAST: "y",
    LOG_LEVEL_CONSOLE: "error",
    LOG_LEVEL_STDERR: "error",
  };
  return {
    argv: ["pgbackrest", verb, ...flags],
    env: {
      PATH: "/usr/bin:/bin",
      PGPASSFILE: join(folder, "pgpass"),
      ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [`PGBACKREST_${name}`, value])),
    },
    owner: { uid, gid },
  };
}
