import { type Environment, resolve } from "@golive/infra/runbooks/placeholders.ts";
import type { Nodes } from "mdast";

/** How text may look. Into a file or a pipe go no colours. */
export interface Look {
  readonly columns: number;
  readonly colour: boolean;
}

export interface Place {
  readonly look: Look;
  /** Values of the stack; undefined: placeholders stay. */
  readonly environment: Environment | undefined;
  /** Number of each command, by the line of its fence. */
  readonly steps: ReadonlyMap<number, number>;
}

const esc = "\u001b[";
export const bold = (text: string, { colour }: Look) => (colour ? `${esc}1m${text}${esc}22m` : text);
export const red = (text: string, { colour }: Look) => (colour ? `${esc}31m${text}${esc}39m` : text);
const cyan = (text: string, { colour }: Look) => (colour ? `${esc}36m${text}${esc}39m` : `\`${text}\``);

export const resolved = (text: string, { environment }: Place) =>
  environment === undefined ? text : resolve(text, environment);

/** Inline content as one line of text. */
export function inline(nodes: readonly Nodes[], place: Place): string {
  return nodes.map((node) => one(node, place)).join("");
}

function one(node: Nodes, place: Place): string {
  switch (node.type) {
    case "text":
      return resolved(soft(node.value.replace(/\s*\{#[\w-]+\}$/, "")), place);
    case "inlineCode":
      return cyan(resolved(node.value, place), place.look);
    case "strong":
      return bold(inline(node.children, place), place.look);
    case "break":
      return "\n";
    case "image":
      return node.alt ?? "";
    case "link":
      return linkText(inline(node.children, place), node.url);
    case "html":
      return tagText(node.value);
    default:
      return "children" in node ? inline(node.children, place) : "";
  }
}

/** Line breaks of the source are blanks, but those that begin and end an admonition. */
function soft(text: string): string {
  return text
    .replace(/[^\n]*\n/g, (line) => (line.startsWith(":::") ? line : line.replace("\n", " ")))
    .replace(/ (:::)$/, "\n$1");
}

/** Pages by what golive takes for them; addresses as they are; a place on the same page by its words. */
function linkText(text: string, url: string): string {
  if (url.startsWith("#")) return text;
  const [path = ""] = url.split("#");
  const target = /\.mdx?$/.test(path) ? path.replace(/^(\.\.?\/)+/, "").replace(/(\/?index)?\.mdx?$/, "") : url;
  return target === "" || target === text ? text : `${text} (${target})`;
}

/** The words between tags; a comment has none. */
export function tagText(html: string): string {
  return html
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(/<summary>/g, "+ ")
    .replace(/<[^>]+>/g, "")
    .trim();
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours have no width
const colours = /\u001b\[\d+m/g;
export const widthOf = (text: string): number => text.replace(colours, "").length;

/** Lines of at most so many columns; a word that is longer stands alone. */
export function wrap(text: string, columns: number): string[] {
  return text.split("\n").flatMap((paragraph) => {
    const lines: string[] = [];
    let [line, width] = ["", 0];
    for (const word of paragraph.split(/\s+/).filter((each) => each !== "")) {
      const wide = widthOf(word);
      if (line !== "" && width + 1 + wide > columns) {
        lines.push(line);
        [line, width] = [word, wide];
      } else {
        [line, width] = line === "" ? [word, wide] : [`${line} ${word}`, width + 1 + wide];
      }
    }
    return line === "" ? lines : [...lines, line];
  });
}
