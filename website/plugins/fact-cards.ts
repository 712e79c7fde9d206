import type { Nodes, Parent, RootContent } from "mdast";

const opens = /^<!--\s*facts\b/;
const closes = /^<!--\s*\/facts\b/;

/** Remark plugin: what stands between `<!-- facts -->` and `<!-- /facts -->` becomes one card. Elsewhere the comments are invisible. */
export const factCards = () => (root: Nodes) => {
  if (root.type === "root") root.children = grouped(root.children);
};

export function grouped(children: readonly RootContent[]): RootContent[] {
  const start = children.findIndex((node) => node.type === "html" && opens.test(node.value));
  const end = children.findIndex((node, at) => at > start && node.type === "html" && closes.test(node.value));
  if (start < 0 || end < 0) return [...children];
  const facts = children.slice(start + 1, end);
  return [...children.slice(0, start), ...(facts.length > 0 ? [card(facts)] : []), ...grouped(children.slice(end + 1))];
}

const card = (children: RootContent[]): RootContent => {
  const wrapper: Parent = {
    type: "factCard" as "root",
    data: { hName: "section", hProperties: { className: ["fact-card"], ariaLabel: "Facts" } },
    children,
  };
  return wrapper as RootContent;
};
