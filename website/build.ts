// Usage: node build.ts [folder]. Docusaurus, and then what can only be done when all of its files are there.
import { spawnSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { checkScripts } from "./build-steps/inline-scripts.ts";
import { scriptsOfRedirects } from "./build-steps/redirect-pages.ts";
import { checkRendered } from "./build-steps/rendered-pages.ts";
import { writeServiceWorker } from "./build-steps/service-worker.ts";
import { dropStaleCache } from "./build-steps/stale-cache.ts";
import { scriptHashes } from "./server/script-hashes.ts";
import { siteFolder } from "./site.ts";

const outDir = resolve(process.argv[2] ?? `${siteFolder}/build`);
dropStaleCache(siteFolder);
// Docusaurus renders pages with a CommonJS file that it puts there, so no package.json above may say that files are ESM, as the site's
// own does; below node_modules none is looked for.
const place = `${siteFolder}/node_modules/.cache/site-${process.pid}`;
process.on("exit", () => rmSync(place, { recursive: true, force: true }));
const docusaurus = `${siteFolder}/node_modules/@docusaurus/core/bin/docusaurus.mjs`;
const { status } = spawnSync(process.execPath, [docusaurus, "build", "--out-dir", place], {
  cwd: siteFolder,
  stdio: "inherit",
  env: { DOCUSAURUS_DISABLE_TELEMETRY: "1", ...process.env, NODE_ENV: "production" },
});
if (status !== 0) process.exit(status ?? 1);

await scriptsOfRedirects(place);
await checkRendered(place);
await checkScripts(place, scriptHashes);
await writeServiceWorker(place);
// The old one goes when the new one is whole.
rmSync(outDir, { recursive: true, force: true });
cpSync(place, outDir, { recursive: true });
