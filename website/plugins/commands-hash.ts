import { createHash } from "node:crypto";
import type { Nodes } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";

/** The bodies of a page's `sh` fences, in the order in which they are run. */
export function commandsOf(markdown: string): string[] {
  const found: string[] = [];
  const visit = (node: Nodes) => {
    if (node.type === "code" && node.lang === "sh") found.push(node.value);
    else if ("children" in node) for (const child of node.children) visit(child);
  };
  visit(fromMarkdown(markdown));
  return found;
}

/** First 12 digits of the SHA-256 over the bodies, one after the other: what a page's commands were when they last passed. */
export const commandsHash = (commands: readonly string[]): string =>
  createHash("sha256").update(commands.join("")).digest("hex").slice(0, 12);
