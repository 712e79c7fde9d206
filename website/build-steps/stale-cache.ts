import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Rspack keeps compiled pages between builds, and does not see that a plugin which compiled them has changed: a page would
 * stay as the old plugin made it. So what is kept goes when one of them changes.
 */
export function dropStaleCache(siteFolder: string): void {
  const cache = join(siteFolder, "node_modules/.cache");
  const kept = join(cache, "rspack");
  const note = join(cache, "compiled-by");
  const now = digestOf(join(siteFolder, "plugins"));
  if (existsSync(note) && readFileSync(note, "utf8") === now) return;
  rmSync(kept, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  writeFileSync(note, now);
}

/** Of a folder's files, by name and content. */
export function digestOf(folder: string): string {
  const hash = createHash("sha256");
  for (const name of readdirSync(folder).sort())
    hash
      .update(name)
      .update("\0")
      .update(readFileSync(join(folder, name)));
  return hash.digest("hex");
}
