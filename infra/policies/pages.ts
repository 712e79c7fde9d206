import { readdirSync } from "node:fs";

const folder = new URL("../../runbooks/alerts/", import.meta.url);

/** Slugs of the pages of alerts that there are. */
export function alertPageSlugs(): ReadonlySet<string> {
  const files = readdirSync(folder).filter((name) => name.endsWith(".md") && name !== "index.md");
  return new Set(files.map((name) => name.slice(0, -".md".length)));
}
