import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { processTree, residentBytes } from "./process-tree.ts";
import { bash, timed } from "./timed.ts";

const env = { PATH: "/usr/bin:/bin" };
const never = new AbortController().signal;
const missing = existsSync("/usr/bin/time") ? undefined : "no /usr/bin/time here: install the package `time`";

/** Holds so many megabytes for a while, as a process of its own below a shell. */
const hold = (megabytes: number) =>
  `${process.execPath} -e 'const held = Buffer.alloc(${megabytes}e6, 1); setTimeout(() => held.length, 700)'`;

test.skipIf(missing)(
  `memory is that of all processes together, and an early end is none of success${missing ? ` (skipped: ${missing})` : ""}`,
  async () => {
    const { rss: one } = await timed({ argv: bash(hold(100)), env }, never);
    const { rss: two, seconds } = await timed({ argv: bash(`${hold(100)} & ${hold(100)}; wait`), env }, never);
    expect(one).toBeGreaterThan(130);
    expect(two - one).toBeGreaterThan(90);
    expect(seconds).toBeGreaterThan(0.6);
    await expect(timed({ argv: bash("exit 3 | cat; echo never"), env }, never)).rejects.toMatchObject({
      code: "BACKUP_FAILED",
      message: expect.stringContaining("ended with 3"),
    });
  },
);

test.skipIf(missing)(
  `an interrupt ends every process of an arm${missing ? ` (skipped: ${missing})` : ""}`,
  async () => {
    const stop = new AbortController();
    const ended = timed({ argv: bash("sleep 600 & sleep 601 | cat"), env }, stop.signal);
    ended.catch(() => undefined);
    const sleepers = await asleep();
    stop.abort(new Error("stopped"));
    await expect(ended).rejects.toThrow("stopped");
    expect(sleepers.map(residentBytes)).toEqual([0, 0]);
  },
);

/** Both of them, once they are there. */
async function asleep(): Promise<number[]> {
  const limit = Date.now() + 10_000;
  for (;;) {
    const found = processTree(process.pid).filter((pid) => commandOf(pid).startsWith("sleep\0"));
    if (found.length === 2 && found.every((pid) => residentBytes(pid) > 0)) return found;
    if (Date.now() > limit) throw new Error("the arm was never seen at work");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return ""; // it ended while we looked
  }
}
