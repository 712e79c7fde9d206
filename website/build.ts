// Usage: node build.ts [folder]. Docusaurus, and then what can only be done when all of its files are there.
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { checkScripts } from "./build-steps/inline-scripts.ts";
import { scriptsOfRedirects } from "./build-steps/redirect-pages.ts";
import { writeServiceWorker } from "./build-steps/service-worker.ts";
import { dropStaleCache } from "./build-steps/stale-cache.ts";
import { scriptHashes } from "./server/script-hashes.ts";
import { siteFolder } from "./site.ts";

const outDir = resolve(process.argv[2] ?? `${siteFolder}/build`);
dropStaleCache(siteFolder);
const docusaurus = `${siteFolder}/node_modules/@docusaurus/core/bin/docusaurus.mjs`;
const { status } = spawnSync(process.execPath, [docusaurus, "build", "--out-dir", outDir], {
  cwd: siteFolder,
  stdio: "inherit",
  env: { DOCUSAURUS_DISABLE_TELEMETRY: "1", ...process.env, NODE_ENV: "production" },
});
if (status !== 0) process.exit(status ?? 1);

await scriptsOfRedirects(outDir);
await checkScripts(outDir, scriptHashes);
await writeServiceWorker(outDir);
