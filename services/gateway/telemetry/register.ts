// Preload of every start: `node --import ./telemetry/register.ts server.ts`. First the hooks, then everything else, because a
// module that is loaded before its hook stays uninstrumented without a word.
import { isMainThread } from "node:worker_threads";
import { register, supportsSyncHooks } from "import-in-the-middle/register-hooks.mjs";
import { instrumentedModules } from "./instrumented-modules.ts";

// Node runs preloads in every worker thread as well; a second SDK there would export the same process twice.
if (isMainThread) {
  if (!supportsSyncHooks())
    throw new Error(`node ${process.version} has no usable synchronous hooks: use 24.13 or newer`);
  register({ include: [...instrumentedModules] });
  await import("./main.ts");
}
