import { spawn } from "node:child_process";
import { existsSync, readdirSync, renameSync } from "node:fs";
import { basename, join } from "node:path";
import { cacheDir } from "../places.ts";
import { buildDir } from "./go.ts";

/**
 * Hundreds of thousands of small files, which take a disk minutes to forget: a process of its own does that, while the run goes on.
 * What it could not finish (a killed machine) goes the next time.
 */
export function discardBuildDir(): void {
  const dir = buildDir();
  const leftovers = readdirSync(cacheDir())
    .filter((entry) => entry.startsWith(`${basename(dir)}.discarded-`))
    .map((entry) => join(cacheDir(), entry));
  const discarded = `${dir}.discarded-${process.pid}`;
  if (existsSync(dir)) renameSync(dir, discarded);
  // Its own session: Ctrl-C of this run is not meant for it.
  spawn("nice", ["-n", "10", "rm", "-rf", "--", discarded, ...leftovers], { detached: true, stdio: "ignore" }).unref();
}
