import { readFileSync } from "node:fs";
import { posix, resolve } from "node:path";
import type { LoadedContent, PropSidebarItem } from "@docusaurus/plugin-content-docs";
import type { LoadedPlugin } from "@docusaurus/types";

/** A page as its copies for machines and for print need it. */
export interface SitePage {
  /** As in `/backup/restore/`. */
  readonly path: string;
  /** The file's path in the folder of pages, as in `backup/restore/index.md`. */
  readonly file: string;
  readonly title: string;
  readonly description: string;
  /** Whole, with its front matter. */
  readonly markdown: string;
}

type Version = LoadedContent["loadedVersions"][number];

/** All pages in the order of the sidebar, in which `10` comes after `2`. */
export function sitePages(plugins: readonly LoadedPlugin[], siteDir: string, pagesFolder: string): SitePage[] {
  const docs = plugins.find((plugin) => plugin.name === "docusaurus-plugin-content-docs");
  const version = (docs?.content as LoadedContent | undefined)?.loadedVersions[0];
  if (version === undefined) throw new Error("the plugin that reads the pages has no content");
  return inSidebarOrder(version).map((doc) => {
    const file = resolve(siteDir, doc.source.replace(/^@site\//, ""));
    return {
      path: posix.join(doc.permalink, "/"),
      file: file.slice(pagesFolder.length + 1),
      title: doc.title,
      description: doc.description,
      markdown: readFileSync(file, "utf8"),
    };
  });
}

function inSidebarOrder({ docs, sidebars }: Version): Version["docs"] {
  const order = Object.values(sidebars).flatMap((items) => items.flatMap(keysOf));
  const place = (doc: Version["docs"][number]) => {
    const at = order.findIndex((key) => key === doc.id || key === posix.join(doc.permalink, "/"));
    return at < 0 ? order.length : at;
  };
  const named = new Intl.Collator("en", { numeric: true });
  return [...docs].sort((a, b) => place(a) - place(b) || named.compare(a.permalink, b.permalink));
}

type Item = Version["sidebars"][string][number] | PropSidebarItem;

function keysOf(item: Item): string[] {
  if (item.type === "category") {
    const own = "link" in item && item.link?.type === "doc" ? [item.link.id] : [];
    return [...own, ...(item.items as Item[]).flatMap(keysOf)];
  }
  if (item.type === "doc" || item.type === "ref") return "id" in item ? [item.id] : [];
  return item.type === "link" ? [item.href] : [];
}
