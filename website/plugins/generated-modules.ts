import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LoadContext, Plugin } from "@docusaurus/types";

/** The modules that Docusaurus generates mix `import` and `require`: only outside of a package that is ESM, as this one, may they. */
export default function generatedModules({ generatedFilesDir }: LoadContext): Plugin {
  mkdirSync(generatedFilesDir, { recursive: true });
  writeFileSync(join(generatedFilesDir, "package.json"), "{}\n");
  return { name: "generated-modules" };
}
