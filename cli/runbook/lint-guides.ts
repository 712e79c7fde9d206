import { toString as textOf } from "mdast-util-to-string";
import type { Rule, Subject } from "./lint-rule.ts";

/** How long the guides are at least. */
export const guides = {
  backup: { words: 18_000 },
  sentry: { lines: 550 },
  tracing: { lines: 350 },
} as const satisfies Readonly<Record<string, { words: number } | { lines: number }>>;

const wordsIn = (text: string) => text.match(/[\p{L}\p{N}][\p{L}\p{N}'’-]*/gu)?.length ?? 0;

function shortfall(name: string, { words = 0, lines = 0 }: { words?: number; lines?: number }, { pages }: Subject) {
  const own = pages.filter(({ file }) => file.startsWith(`${name}/`));
  const counted =
    words > 0
      ? own.reduce((sum, { tree }) => sum + tree.children.reduce((all, node) => all + wordsIn(textOf(node)), 0), 0)
      : own.reduce((sum, { source }) => sum + source.split("\n").length, 0);
  const least = words > 0 ? words : lines;
  if (counted >= least) return [];
  const what = words > 0 ? "words" : "lines";
  return [
    { file: `${name}/index.md`, line: 1, message: `the guide has ${counted} ${what}; at least ${least} are promised` },
  ];
}

export const guideRules = {
  "guides are as long as promised": (subject: Subject) =>
    Object.entries(guides).flatMap(([name, least]) => shortfall(name, least, subject)),
  "every check of a production has its place on the readiness page": ({ pages, readiness }: Subject) => {
    const file = "readiness.md";
    const there = new Set(pages.find((page) => page.file === file)?.headings.map(({ id }) => id));
    return readiness
      .filter((id) => !there.has(id))
      .map((id) => ({ file, line: 1, message: `no heading {#${id}}, which golive doctor --production links to` }));
  },
} satisfies Readonly<Record<string, Rule>>;
