// Preload of every start: `node --import ./telemetry/register.ts server.ts`. First the hooks, then everything else, because a
// module that is loaded before its hook stays uninstrumented without a word.
import { isMainThread } from "node:worker_threads";
import { register, supportsSyncHooks } from "import-in-the-middle/register-hooks.mjs";
import { watchApiCopies } from "./api-copies.ts";
import { instrumentedModules } from "./instrumented-modules.ts";
import { readPreloadSettings } from "./preload-settings.ts";

// Node runs preloads in every worker thread as well; a second SDK there would export the same process twice.
if (isMainThread) {
  const settings = readPreloadSettings(process.env);
  if ("faults" in settings) {
    const [{ log }, { ConfigError }] = await Promise.all([import("./log.ts"), import("../config.ts")]);
    const err = new ConfigError(`the environment is not usable:\n${settings.faults.join("\n")}`);
    log.fatal({ err }, "the gateway cannot start");
    process.exit(1);
  }
  if (settings.telemetry.enabled) {
    if (!supportsSyncHooks())
      throw new Error(`node ${process.version} has no usable synchronous hooks: use 24.13 or newer`);
    watchApiCopies();
    register({ include: [...instrumentedModules] });
  }
  const { start } = await import("./main.ts");
  await start(settings);
}
