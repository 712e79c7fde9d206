import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { alertSections } from "../lint-alert-pages.ts";

/** Front matter that is valid, with what a test wants otherwise. */
export function front(keys: Readonly<Record<string, string | number>>): string {
  const all = {
    title: "A title",
    description: "A sentence.",
    slug: "/a",
    kind: "how-to",
    owner: "platform",
    sidebar_position: 1,
    ...keys,
  };
  return `---\n${Object.entries(all)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    .join("\n")}\n---\n`;
}

/** An alert's page as it should be; sections may be given another text, or none with undefined. */
export function alertPage(
  sections: Partial<Record<(typeof alertSections)[number], string | undefined>> = {},
  keys: Readonly<Record<string, string>> = {},
): string {
  const body = alertSections.flatMap((name) => {
    const text = name in sections ? sections[name] : `Words about ${name}.`;
    return text === undefined ? [] : [`## ${name}\n\n${text}\n`];
  });
  const facts = "\n<!-- facts -->\n<!-- /facts -->\n\n";
  return `${front({ slug: "/alerts/x", confirmed: "0123456789ab", ...keys })}${facts}${body.join("\n")}`;
}

export const fence = (code: string, info = 'sh expect="x"') => `\n\`\`\`${info}\n${code}\n\`\`\`\n`;

/** Pages in a checkout of a test. */
export function writePages(repo: string, pages: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(pages)) {
    const path = join(repo, "runbooks", file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
