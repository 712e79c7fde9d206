import { createHash } from "node:crypto";
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";

const script = /<script(?<attributes>[^>]*)>(?<body>[\s\S]*?)<\/script>/g;

/** Hashes of the scripts that stand in a page itself, as the policy names them. Data, as JSON-LD, is not run. */
export function inlineScriptHashes(html: string): string[] {
  return [...html.matchAll(script)].flatMap(({ groups }) => {
    const { attributes = "", body = "" } = groups ?? {};
    if (/\bsrc=/.test(attributes) || /\btype="?application\/ld\+json/.test(attributes)) return [];
    return [`sha256-${createHash("sha256").update(body).digest("base64")}`];
  });
}

/** What differs between the scripts of a build and those that the policy lets run. */
export function scriptDifferences(found: ReadonlySet<string>, allowed: readonly string[]): string[] {
  return [
    ...[...found].filter((hash) => !allowed.includes(hash)).map((hash) => `not allowed: ${hash}`),
    ...allowed.filter((hash) => !found.has(hash)).map((hash) => `allowed, but in no page: ${hash}`),
  ];
}

/** A script that the policy does not name would not run: better no build than a site without its colours. */
export async function checkScripts(outDir: string, allowed: readonly string[]): Promise<void> {
  const found = new Set<string>();
  for await (const path of glob("**/*.html", { cwd: outDir })) {
    for (const hash of inlineScriptHashes(await readFile(join(outDir, path), "utf8"))) found.add(hash);
  }
  const differences = scriptDifferences(found, allowed);
  if (differences.length === 0) return;
  throw new Error(
    ["the pages' inline scripts are not those of server/script-hashes.ts: see what changed, then correct the list"]
      .concat(differences)
      .join("\n  "),
  );
}
