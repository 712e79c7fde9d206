import { posix } from "node:path";
import type { SitePage } from "./site-pages.ts";

/** `/backup/restore/` → `/backup/restore.md`; the home page's is `/index.md`. */
export const twinPath = (path: string): string => (path === "/" ? "/index.md" : `${path.replace(/\/$/, "")}.md`);

/**
 * A page's Markdown as it was written, at an address of its own. Only its links change: they lead to other twins, since
 * a page's address is its slug and not where its file lies.
 */
export function twinOf(page: SitePage, pages: readonly SitePage[]): string {
  const paths = new Map(pages.map(({ file, path }) => [file, path]));
  const folder = posix.dirname(page.file);
  return outsideFences(page.markdown, (text) =>
    text.replace(
      /\]\((?<to>[^()\s:#]+\.md)(?<anchor>#[^()\s]*)?\)/g,
      (whole, to: string, anchor: string | undefined) => {
        const target = paths.get(posix.join(folder, to));
        return target === undefined ? whole : `](${twinPath(target)}${anchor ?? ""})`;
      },
    ),
  );
}

function outsideFences(markdown: string, change: (text: string) => string): string {
  let fence: string | undefined;
  return markdown
    .split("\n")
    .map((line) => {
      const mark = /^\s*(?:[-*\d.]+\s+)?(`{3,}|~{3,})/.exec(line)?.[1];
      if (mark !== undefined && fence === undefined) fence = mark;
      else if (mark !== undefined && fence !== undefined && mark.startsWith(fence)) fence = undefined;
      return fence === undefined && mark === undefined ? change(line) : line;
    })
    .join("\n");
}
