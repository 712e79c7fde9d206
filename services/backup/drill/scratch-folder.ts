import { rmSync } from "node:fs";
import { chown, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import type { Report } from "../progress.ts";
import { drillFailed } from "./drill-failure.ts";

const prefix = "golive-drill-";

/** A folder of one drill. Gone for certain when disposed of, with every process that was started in it. */
export interface ScratchFolder extends AsyncDisposable {
  readonly path: string;
  /** For sockets; nobody but the server's user gets into it. */
  readonly sockets: string;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** The kernel's limit for the path of a unix socket, without the closing zero. */
const longestSocketPath = 107;

/** Time in which a folder without a holder's socket may still be somebody's who is just making it, in ms. */
const beingMade = 60_000;

/**
 * Makes a folder that says that it is in use for exactly as long as this process lives: it listens on a socket in it, which the
 * kernel closes with the process, in whichever container that is.
 */
export async function makeScratchFolder(root: string, owner: Owner | undefined): Promise<ScratchFolder> {
  await mkdir(root, { recursive: true });
  const path = await mkdtemp(join(root, prefix));
  const drop = (): void => rmSync(path, { recursive: true, force: true });
  process.once("exit", drop);
  let holder: Server | undefined;
  const dispose = async (): Promise<void> => {
    await endProcessesIn(path);
    await new Promise<void>((closed) => (holder ? holder.close(() => closed()) : closed()));
    await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    process.off("exit", drop);
  };
  try {
    const sockets = join(path, "s");
    if (Buffer.byteLength(join(sockets, ".s.PGSQL.5432")) > longestSocketPath)
      throw drillFailed(
        `BACKUP_SCRATCH_FOLDER=${root}: the path is too long for a server's socket in it`,
        "Name a folder with a shorter path.",
      );
    holder = await listen(join(path, "held"));
    await mkdir(sockets, { mode: 0o700 });
    if (owner) for (const at of [path, sockets]) await chown(at, owner.uid, owner.gid);
    return { path, sockets, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Removes what killed drills left, and ends what still runs in it. Folders of drills at work are left alone. */
export async function removeLeftovers(root: string, report: Report): Promise<void> {
  const names = await readdir(root).catch(() => []);
  for (const name of names.filter((one) => one.startsWith(prefix))) {
    const path = join(root, name);
    if (await inUse(path)) continue;
    const ended = await endProcessesIn(path);
    await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    report(
      `removed ${path}, left by a drill that was killed${ended > 0 ? `, and ended ${ended} of its processes` : ""}`,
    );
  }
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", reject);
    server.listen(path, () => resolve(server.unref()));
  });
}

async function inUse(path: string): Promise<boolean> {
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(join(path, "held"));
    socket.once("connect", () => resolve("held"));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "?"));
    socket.once("close", () => socket.destroy());
  });
  if (answer === "held") return true;
  if (answer === "ECONNREFUSED") return false;
  const made = await stat(path).catch(() => undefined);
  return made === undefined || Date.now() - made.mtimeMs < beingMade;
}

/** How long a killed process may take to be gone, in ms: the kernel may still be writing for it. */
const dying = 10_000;

/**
 * Kills every process whose working folder is in `path`, and waits until they are gone; says how many there were. A server's
 * backends live in its data folder, and outlive a killed postmaster for a while.
 */
export async function endProcessesIn(path: string): Promise<number> {
  const seen = new Set<number>();
  for (const limit = Date.now() + dying; ; ) {
    const found = await processesIn(path);
    if (found.length === 0) return seen.size;
    for (const pid of found) {
      seen.add(pid);
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It ended meanwhile.
      }
    }
    if (Date.now() > limit)
      throw drillFailed(
        `processes ${found.join(", ")} of ${path} do not end`,
        "Look at what holds them, then run the drill again.",
      );
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Their process ids; zombies, which only wait to be asked for their status, left out. */
export async function processesIn(path: string): Promise<number[]> {
  const pids = (await readdir("/proc").catch(() => [])).filter(
    (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
  );
  const found = await Promise.all(
    pids.map(async (pid) => {
      const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => "");
      if (cwd !== path && !cwd.startsWith(`${path}/`)) return [];
      // A zombie is ended; its parent has not asked for its status yet.
      const state = await readFile(`/proc/${pid}/stat`, "utf8").then(stateOf, () => "Z");
      return state === "Z" ? [] : [Number(pid)];
    }),
  );
  return found.flat();
}

/** "pid (name) state …": the name may hold blanks and brackets, so it is cut at its last bracket. */
const stateOf = (stat: string): string => stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
