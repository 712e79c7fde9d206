import { join } from "node:path";
import { type ProgramName, toolPath } from "../toolchain/index.ts";

/** A tool's path: GOLIVE_TOOLS_DIR holds programs built elsewhere, for a machine that must not build them. */
export function programPath(name: ProgramName): string {
  const folder = process.env.GOLIVE_TOOLS_DIR;
  return folder ? join(folder, name) : toolPath(name);
}
