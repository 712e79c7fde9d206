import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";

/** What every page has in its HTML, before any script has run; a redirect has its `refresh` instead. */
const isRendered = (html: string): boolean => /<main\b/.test(html) || /http-equiv="?refresh/i.test(html);

/**
 * A page whose rendering failed is written all the same, with the error in the place of its text, and looks well once its scripts run.
 *
 * @throws Error with the pages that have no content
 */
export async function checkRendered(outDir: string): Promise<void> {
  const empty: string[] = [];
  for await (const path of glob("**/*.html", { cwd: outDir }))
    if (!isRendered(await readFile(join(outDir, path), "utf8"))) empty.push(path);
  if (empty.length > 0) throw new Error(`pages without content: ${empty.sort().join(", ")}`);
}
