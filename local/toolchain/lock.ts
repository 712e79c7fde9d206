import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";
import lockfile from "proper-lockfile";
import { cacheDir } from "../places.ts";
import type { Progress } from "../report.ts";

/**
 * Runs `work` while no other golive builds tools with the same cache. A second run waits and says so; the lock of a run
 * that was killed is taken over after ten seconds without its heartbeat.
 */
export async function withToolLock<T>({ report, signal }: Progress, work: () => Promise<T>): Promise<T> {
  const dir = join(cacheDir(), "bin");
  mkdirSync(dir, { recursive: true });
  let release: (() => Promise<void>) | undefined;
  for (;;) {
    signal.throwIfAborted();
    try {
      release = await lockfile.lock(dir, { stale: 10_000, update: 2_000, onCompromised: () => undefined });
      break;
    } catch (cause) {
      if (!(cause instanceof Error && "code" in cause && cause.code === "ELOCKED"))
        throw new GoliveError("LOCKED", `no lock can be taken in ${dir}`, "Check that the folder is writable.", {
          cause,
        });
      report("another golive is building tools; waiting for it");
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
  try {
    return await work();
  } finally {
    await release?.().catch(() => undefined);
  }
}
