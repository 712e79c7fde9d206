import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { lock } from "proper-lockfile";
import type { Progress } from "../report.ts";

/** A holder that was killed is found dead after this long. */
const staleMs = 15_000;
/** A cold build of everything takes a few minutes; a lock held longer than this is a fault. */
const patienceMs = 20 * 60_000;

/**
 * Runs the work while no other golive builds images. The work's signal fires when the lock is lost (the machine slept,
 * and another run took it over), because two builders in one storage would spoil it.
 */
export async function holdLock(
  folder: string,
  { report, signal }: Progress,
  work: (lost: AbortSignal) => Promise<void>,
) {
  const lost = new AbortController();
  const lockfilePath = join(folder, "lock");
  const options = { lockfilePath, stale: staleMs, onCompromised: (error: Error) => lost.abort(error) };
  const until = Date.now() + patienceMs;
  for (let told = false; ; told = true) {
    const release = await lock(folder, options).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ELOCKED") throw error;
    });
    if (release) {
      try {
        return await work(lost.signal);
      } finally {
        if (!lost.signal.aborted) await release();
      }
    }
    if (Date.now() > until)
      throw new GoliveError(
        "LOCKED",
        `another golive run has built images for ${patienceMs / 60_000} minutes`,
        `If none runs, remove ${lockfilePath}.`,
      );
    if (!told) report("images: waiting for another golive run that builds them");
    await wait(500, undefined, { signal });
  }
}
