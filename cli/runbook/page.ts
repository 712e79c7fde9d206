import GithubSlugger from "github-slugger";
import type { Code, Heading as HeadingNode, Nodes, Root } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { toString as textOf } from "mdast-util-to-string";
import { gfm } from "micromark-extension-gfm";
import { type Fence, readInfo } from "./fence.ts";
import { type FrontMatter, readFrontMatter } from "./front-matter.ts";

export interface Heading {
  readonly depth: number;
  /** Without its `{#id}`. */
  readonly text: string;
  readonly id: string;
  /** True when the id is written down. */
  readonly explicit: boolean;
  readonly line: number;
}

export interface Link {
  readonly url: string;
  readonly line: number;
}

/** A page of the runbooks. Lines count from 1, front matter included. */
export interface Page {
  /** Below the folder of the runbooks, with slashes: `alerts/gateway-down.md`. */
  readonly file: string;
  readonly source: string;
  /** What the front matter says; undefined when it is not valid. */
  readonly front: FrontMatter | undefined;
  readonly frontFaults: readonly string[];
  /** Slug without its leading slash; of a page without front matter, its path. */
  readonly slug: string;
  readonly title: string;
  readonly tree: Root;
  readonly fences: readonly Fence[];
  readonly headings: readonly Heading[];
  readonly links: readonly Link[];
}

export function readPage(file: string, source: string): Page {
  const { front, faults: frontFaults, body } = readFrontMatter(source);
  // Front matter becomes empty lines, so that every node knows its line in the file.
  const tree = fromMarkdown(body, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
  const [fences, headings, links]: [Fence[], Heading[], Link[]] = [[], [], []];
  const slugger = new GithubSlugger();
  walk(tree, (node) => {
    if (node.type === "code") fences.push(...fenceOf(node, body));
    else if (node.type === "heading") headings.push(headingOf(node, slugger));
    else if (node.type === "link" || node.type === "definition" || node.type === "image")
      links.push({ url: node.url, line: lineOf(node) });
  });
  const path = file.replace(/\.mdx?$/, "").replace(/(^|\/)index$/, "");
  const slug = front?.slug.replace(/^\//, "") ?? path;
  return { file, source, front, frontFaults, slug, title: front?.title ?? slug, tree, fences, headings, links };
}

export const lineOf = (node: Nodes): number => node.position?.start.line ?? 1;

/** Every node, parents first. */
export function walk(node: Nodes, visit: (node: Nodes) => void): void {
  visit(node);
  if ("children" in node) for (const child of node.children) walk(child, visit);
}

/** Blocks by indentation are no fences: they have no info string and are not run. */
function fenceOf(node: Code, body: string): Fence[] {
  const start = node.position?.start.offset ?? 0;
  const [opening = ""] = body.slice(start).split("\n", 1);
  const [, info] = /^(?:`{3,}|~{3,})(.*)$/.exec(opening) ?? [];
  if (info === undefined) return [];
  return [{ ...readInfo(info), code: node.value, line: lineOf(node) }];
}

function headingOf(node: HeadingNode, slugger: GithubSlugger): Heading {
  const whole = textOf(node).trim();
  const [, id] = /\s*\{#([\w-]+)\}$/.exec(whole) ?? [];
  const text = whole.replace(/\s*\{#[\w-]+\}$/, "");
  const place = { depth: node.depth, text, line: lineOf(node) };
  return id === undefined ? { ...place, id: slugger.slug(text), explicit: false } : { ...place, id, explicit: true };
}

/** Nodes below a heading of depth 2, up to the next one. */
export interface Section {
  readonly heading: Heading;
  readonly nodes: readonly Nodes[];
}

export function sectionsOf({ tree, headings }: Page): Section[] {
  const sections: { heading: Heading; nodes: Nodes[] }[] = [];
  for (const node of tree.children) {
    const heading = headings.find((one) => node.type === "heading" && node.depth <= 2 && one.line === lineOf(node));
    if (heading) sections.push({ heading, nodes: [] });
    else sections.at(-1)?.nodes.push(node);
  }
  return sections;
}
