import { join } from "node:path";
import { cacheDir } from "../places.ts";
import { findGo } from "../toolchain/go.ts";
import type { Run } from "./run.ts";

export const pauseSource = join(import.meta.dirname, "pause", "main.go");

/** How pause is built: static, because its image holds nothing else. Part of its tag. */
export const pauseBuild = {
  args: ["build", "-trimpath", "-ldflags=-s -w -buildid="],
  env: { CGO_ENABLED: "0", GO111MODULE: "off", GOFLAGS: "" },
} as const;

/** Go's own cache, or one beside ours where there is no HOME to hold it. */
const goCache = () => (process.env.HOME || process.env.GOCACHE ? {} : { GOCACHE: join(cacheDir(), "build", "go") });

export async function makePause(to: string, _scratch: string, run: Run): Promise<void> {
  await run(await findGo(), [...pauseBuild.args, "-o", to, pauseSource], { env: { ...pauseBuild.env, ...goCache() } });
}
