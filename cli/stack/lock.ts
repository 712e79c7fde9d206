import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";

/** Who holds a stack. `started` is the kernel's start time of the process: a pid alone may be somebody else's by now. */
export interface Holder {
  readonly pid: number;
  readonly started: string;
  readonly verb: string;
  readonly since: string;
  /** The running `pulumi`, so that the next run can end one that outlived its golive. */
  readonly child?: number;
}

export interface StackLock {
  /** What a run that died left behind, when this one inherited from it. */
  readonly inherited: Holder | undefined;
  note(child: number | undefined): void;
  release(): void;
}

/**
 * One run a stack at a time. A file with the holder in it, linked into place whole (link fails where one is): never half-written,
 * and kill -9 leaves one that the next run sees to be nobody's.
 */
export function lockStack(path: string, verb: string, now: Date): StackLock {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let mine: Holder = { pid: process.pid, started: startOf(process.pid), verb, since: now.toISOString() };
  let inherited: Holder | undefined;
  for (let tries = 0; !linked(path, mine); tries += 1) {
    const holder = readHolder(path);
    if (holder && (isAlive(holder) || tries > 20)) throw locked(holder);
    if (removeDead(path, holder)) inherited = holder ?? inherited;
  }
  return {
    inherited,
    note(child) {
      const { child: _, ...rest } = mine;
      mine = child === undefined ? rest : { ...rest, child };
      replace(path, mine);
    },
    release() {
      if (readHolder(path)?.pid === process.pid) rmSync(path, { force: true });
    },
  };
}

export function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

/** True while the very process that took the lock runs. */
export function isAlive(holder: Pick<Holder, "pid" | "started">): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return holder.started === "" || startOf(holder.pid) === holder.started;
}

/** Field 22 of /proc/<pid>/stat; the name before it may hold blanks and brackets. Empty where there is no /proc. */
export function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

function linked(path: string, holder: Holder): boolean {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, JSON.stringify(holder), { mode: 0o600 });
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Takes a dead holder's file away. Two may try: the rename tells which file was got, and a living one's is put back. */
function removeDead(path: string, dead: Holder | undefined): boolean {
  const aside = `${path}.dead.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return false;
  }
  const got = readHolder(aside);
  const same = got?.pid === dead?.pid && got?.started === dead?.started;
  if (!same && got && isAlive(got)) {
    try {
      linkSync(aside, path);
    } catch {
      // Somebody holds it already; the loop looks again.
    }
  }
  rmSync(aside, { force: true });
  return same;
}

function replace(path: string, holder: Holder): void {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, JSON.stringify(holder), { mode: 0o600 });
  renameSync(own, path);
}

function locked({ pid, verb, since }: Holder): GoliveError {
  return new GoliveError(
    "LOCKED",
    `golive ${verb} runs already (pid ${pid}, since ${since})`,
    `Wait for it, or stop it with \`kill -INT ${pid}\`: it stops in good order.`,
  );
}
