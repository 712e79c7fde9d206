import { join } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { execa } from "execa";
import { cacheDir } from "../places.ts";
import { compareVersions, findOnPath, versionIn } from "./on-path.ts";

/** The newest go.mod among the tools asks for this; older compilers refuse it. */
export const goNeeded = "1.26.8";

/** Modules and compiled packages of the build; emptied when every tool is built. */
export function buildDir(): string {
  return join(cacheDir(), "build");
}

/** Path of a Go compiler that fits. Throws TOOL_MISSING with how to get one. */
export async function findGo(): Promise<string> {
  const hint = `Install Go ${goNeeded} or newer and put its bin folder on PATH, then run the same command again.`;
  const go = findOnPath("go");
  if (!go) throw new GoliveError("TOOL_MISSING", "no go on PATH; the platform's tools are built with it", hint);
  const { stdout } = await execa(go, ["env", "GOVERSION"], { reject: false, env: { GOTOOLCHAIN: "local" } });
  const version = versionIn(stdout.replace(/^go(\d+\.\d+)$/, "go$1.0").replace(/^go/, ""));
  if (!version || compareVersions(version, goNeeded) < 0)
    throw new GoliveError("TOOL_MISSING", `go at ${go} is ${version ?? "of no known version"}`, hint);
  return go;
}

/**
 * Environment of every go command. Own caches, so that nothing of the user's is filled or emptied; modules writable, so
 * that the caches can be removed; no cgo, so that the programs run in any image; the machine's module proxy settings stay.
 * GOGC: the compiler is short-lived and memory is there (the linker needs 2.3 GB in any case), so it collects less often.
 */
export function goEnv(): Record<string, string> {
  const dir = buildDir();
  return {
    GOMODCACHE: join(dir, "modules"),
    GOCACHE: join(dir, "packages"),
    GOFLAGS: "-modcacherw -mod=readonly -trimpath",
    GOTOOLCHAIN: "local",
    GOWORK: "off",
    CGO_ENABLED: "0",
    GOGC: "400",
    GOTELEMETRY: "off",
  };
}
