import { posix } from "node:path";
import type { PluginOptions } from "@docusaurus/plugin-content-docs";

type SidebarItemsGenerator = NonNullable<PluginOptions["sidebarItemsGenerator"]>;
type Items = Awaited<ReturnType<SidebarItemsGenerator>>;
type Docs = Parameters<SidebarItemsGenerator>[0]["docs"];

/** Cards are one screen: listed beside the other pages, but a link, so that a card itself has no sidebar. */
export const withCardsAsLinks: SidebarItemsGenerator = async ({ defaultSidebarItemsGenerator, ...args }) =>
  cardsAsLinks(await defaultSidebarItemsGenerator(args), args.docs);

export function cardsAsLinks(items: Items, docs: Docs): Items {
  return items.map((item) => {
    if (item.type === "category") {
      const { link, ...category } = item;
      const kept = link !== undefined && !(link.type === "doc" && isCard(link.id)) ? { link } : {};
      const rest = cardsAsLinks(item.items, docs);
      // The folder's own page is a card as well: first in the list instead of behind the label.
      const first = link?.type === "doc" && isCard(link.id) ? [linkTo(link.id, docs)] : [];
      return { ...category, ...kept, items: [...first, ...rest] };
    }
    return item.type === "doc" && isCard(item.id) ? linkTo(item.id, docs) : item;
  });
}

const isCard = (id: string) => id.startsWith("cards/");

function linkTo(id: string, docs: Docs): Items[number] {
  const doc = docs.find((candidate) => candidate.id === id);
  if (doc === undefined) throw new Error(`the sidebar names a page that does not exist: ${id}`);
  const slug = typeof doc.frontMatter.slug === "string" ? doc.frontMatter.slug : `/${id}`;
  return { type: "link", href: posix.join(slug, "/"), label: doc.frontMatter.sidebar_label ?? doc.title };
}
