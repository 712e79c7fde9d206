import type { Nodes } from "mdast";

/** What pages use of HTML. */
const elements =
  "a abbr b br code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre s samp section small span strong sub summary sup table tbody td th thead tr u ul var wbr".split(
    " ",
  );

/** Remark plugin: `<port>` in a sentence is a word that the reader fills in. Markdown takes it for HTML, and it would vanish. */
export const literalWords = () => (root: Nodes) => visit(root);

function visit(node: Nodes): void {
  if (!("children" in node)) return;
  for (const [at, child] of node.children.entries()) {
    if (child.type === "html" && isWord(child.value)) node.children[at] = { type: "text", value: child.value };
    else visit(child);
  }
}

export function isWord(html: string): boolean {
  const name = /^<\/?(?<name>[a-z][a-z0-9-]*)[^>]*>$/i.exec(html)?.groups?.name;
  return name !== undefined && !elements.includes(name.toLowerCase());
}
