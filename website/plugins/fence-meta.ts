import type { Nodes } from "mdast";
import type { VFile } from "vfile";

/**
 * Remark plugin: the words after a fence's language as they are written. Markdown takes `\.` and `\"` in them for escapes
 * and drops the backslash, which a regular expression needs.
 */
export const writtenFenceMeta = () => (root: Nodes, file: VFile) => {
  const source = String(file);
  const visit = (node: Nodes) => {
    const start = node.position?.start.offset;
    if (node.type === "code" && node.meta != null && start !== undefined)
      node.meta = metaAt(source, start) ?? node.meta;
    else if ("children" in node) for (const child of node.children) visit(child);
  };
  visit(root);
};

/** Of the fence that begins at this place. */
export const metaAt = (source: string, start: number): string | undefined =>
  /^(?:`{3,}|~{3,})\s*\S+[ \t]+(?<meta>.*\S)/.exec(source.slice(start).split("\n", 1)[0] ?? "")?.groups?.meta;
