import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDir } from "../places.ts";
import { buildArguments } from "./build-arguments.ts";
import { type ProgramName, type ToolName, tool, toolNames, toolOf } from "./tools.ts";

const modules = join(import.meta.dirname, "modules");

/** The folder with a tool's go.mod, go.sum and, where it has one, main.go. */
export function moduleDir(name: ToolName): string {
  return join(modules, name);
}

const recipes = new Map<ToolName, string>();

/**
 * Twelve hex digits that change with anything that can change the binary: pins, sources, flags.
 * It names the folder of the built programs, so that a new pin builds anew and an old checkout finds its own.
 */
export function recipeHash(name: ToolName): string {
  const known = recipes.get(name);
  if (known) return known;
  const hash = createHash("sha256");
  const { embed } = tool(name);
  hash.update(JSON.stringify([buildArguments(tool(name), ""), embed]));
  const files = readdirSync(moduleDir(name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    // Left by an interrupted build of a tool with embedded files.
    .filter((file) => !Object.keys(embed ?? {}).some((embedded) => file === join(moduleDir(name), embedded)))
    .sort();
  for (const file of files)
    hash.update(file.slice(modules.length)).update("\0").update(readFileSync(file)).update("\0");
  const digits = hash.digest("hex").slice(0, 12);
  recipes.set(name, digits);
  return digits;
}

/** Where a tool is once built: bin/<tool>-<version>-<recipe>/ in the cache, its programs in bin/ below. */
export function toolDir(name: ToolName): string {
  return join(cacheDir(), "bin", `${name}-${tool(name).version}-${recipeHash(name)}`);
}

/** Every tool's folder under bin/ that belongs to this checkout. */
export function currentDirs(): ReadonlySet<string> {
  return new Set(toolNames.map(toolDir));
}

/** Absolute path of a program that this project builds; it exists once `ensureTools` has run for its tool. */
export function builtPath(program: ProgramName): string {
  return join(toolDir(toolOf(program)), "bin", program);
}
