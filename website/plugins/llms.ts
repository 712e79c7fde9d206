import { twinOf, twinPath } from "./markdown-twins.ts";
import type { SitePage } from "./site-pages.ts";

const about = [
  "# GoLive runbooks",
  "",
  "> What to do when the platform calls: one page for each alert, and guides to backups, errors, traces and metrics.",
  "",
  "Every link leads to plain Markdown. Words between double braces, as in `{{stack}}`, are values of an environment;",
  "`/environments.json` has them. In fences of the language `sh`, `expect` is a regular expression that the output",
  "matches, and `danger` marks what changes or deletes data.",
  "",
];

/** The index that a language model reads first: folders as sections, pages in the order of the sidebar. */
export function llmsTxt(pages: readonly SitePage[]): string {
  const sections = Map.groupBy(pages, ({ path }) => path.split("/")[1] || "start");
  const lines = [...sections].flatMap(([name, own]) => [
    `## ${name}`,
    "",
    ...own.map(({ title, path, description }) => `- [${title}](${twinPath(path)}): ${description}`),
    "",
  ]);
  return [...about, ...lines].join("\n");
}

/** All pages in one file. */
export function llmsFullTxt(pages: readonly SitePage[]): string {
  const texts = pages.map((page) => {
    const body = twinOf(page, pages).replace(/^---\n[\s\S]*?\n---\n/, "");
    return `# ${page.title}\n\nPage: ${page.path}\n\n${body.trim()}\n`;
  });
  return [about.join("\n"), ...texts].join("\n");
}
