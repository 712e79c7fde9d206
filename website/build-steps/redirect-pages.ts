import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { redirects } from "../redirects.ts";

/**
 * Each page of a redirect comes with a script of its own, which the policy would have to name. They share one file instead,
 * which keeps `?env=` and the anchor; without JavaScript the page's `refresh` leads on.
 */
export async function scriptsOfRedirects(outDir: string): Promise<void> {
  for (const { from } of redirects) {
    const file = join(outDir, from, "index.html");
    const html = await readFile(file, "utf8");
    await writeFile(file, html.replace(/<script>[\s\S]*?<\/script>/, '<script src="/redirect.js"></script>'));
  }
}
