export { requireFree } from "./disk.ts";
export { ensureTools, isReady, missingTools, toolPath } from "./ensure.ts";
export { cnpgManifest, ensureOperatorManifest } from "./operator-manifest.ts";
export { ensurePackages, missingPackages } from "./packages.ts";
export { recipeHash, toolDir } from "./programs.ts";
export { type ProgramName, type ToolName, tool, toolNames, toolOf } from "./tools.ts";
