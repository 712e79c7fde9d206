import { toString as textOf } from "mdast-util-to-string";
import { eachPage, type Rule, type Subject } from "./lint-rule.ts";
import { lineOf, type Page, walk } from "./page.ts";

/** What promises something instead of saying it. */
const forbidden = /\b(TODO|FIXME|TBD|XXX|coming soon|to be written|work in progress|lorem ipsum)\b/i;

/** What MDX takes for program text, outside of code. Plain `.md` stays plain. */
const mdxBreaking: readonly (readonly [RegExp, string])[] = [
  [/^\s*(import|export)\s/, "a line that begins like a module"],
  [/(?<!\\)\{(?!\/\*)/, "a brace outside of code"],
  [/<!--/, "an HTML comment; MDX takes {/* … */}"],
  [/<(?:https?:|mailto:)/i, "an address in angle brackets"],
  [/<(?![A-Za-z/][\w.-]*(?:\s[^<>]*)?\/?>)/, "a < that begins no tag"],
  [/<(?!(?:details|summary|br|kbd|sub|sup|[A-Z])[\s/>])[a-z][\w-]*>/, "a word in angle brackets"],
];

/** Text without code, line by line. */
function proseLines({ source, fences, front }: Page): string[] {
  const lines = source.split("\n");
  const bare = [...lines];
  if (front !== undefined || lines[0] === "---") {
    const end = lines.indexOf("---", 1);
    for (let at = 0; at <= end; at++) bare[at] = "";
  }
  for (const { line, code } of fences)
    for (let at = 0; at < code.split("\n").length + 2; at++) bare[line - 1 + at] = "";
  return bare.map((line) => line.replace(/`[^`]*`/g, ""));
}

const shingleWords = 8;
/** Shorter ones are formulas of the trade and not copied text. */
const leastWords = 20;

interface Paragraph {
  readonly file: string;
  readonly line: number;
  readonly shingles: ReadonlySet<string>;
}

function paragraphs(page: Page): Paragraph[] {
  const found: Paragraph[] = [];
  walk(page.tree, (node) => {
    if (node.type !== "paragraph") return;
    const words =
      textOf(node)
        .toLowerCase()
        .match(/[\p{L}\p{N}]+/gu) ?? [];
    if (words.length < leastWords) return;
    const shingles = words.slice(shingleWords - 1).map((_, at) => words.slice(at, at + shingleWords).join(" "));
    found.push({ file: page.file, line: lineOf(node), shingles: new Set(shingles) });
  });
  return found;
}

/** More than half of the shorter one is in the other. */
const alike = (a: Paragraph, b: Paragraph) => {
  const shared = [...a.shingles].filter((shingle) => b.shingles.has(shingle)).length;
  return shared * 2 > Math.min(a.shingles.size, b.shingles.size);
};

export const textRules = {
  "no promises": eachPage(({ source }) =>
    source.split("\n").flatMap((text, at) => {
      const [found] = forbidden.exec(text) ?? [];
      return found === undefined ? [] : [{ line: at + 1, message: `"${found}" promises; say what is, or nothing` }];
    }),
  ),
  "nothing that breaks MDX": eachPage((page) => {
    if (!page.file.endsWith(".mdx")) return [];
    return proseLines(page).flatMap((text, at) =>
      mdxBreaking
        .filter(([pattern]) => pattern.test(text))
        .map(([, what]) => ({ line: at + 1, message: `${what} breaks MDX` })),
    );
  }),
  "no paragraph is said twice": ({ pages }: Subject) => {
    const all = pages.filter(({ file }) => file !== "alerts/index.md").flatMap(paragraphs);
    const byShingle = new Map<string, Paragraph[]>();
    return all.flatMap((paragraph) => {
      const candidates = new Set([...paragraph.shingles].flatMap((shingle) => byShingle.get(shingle) ?? []));
      for (const shingle of paragraph.shingles) byShingle.set(shingle, [...(byShingle.get(shingle) ?? []), paragraph]);
      const twin = [...candidates].find((other) => alike(paragraph, other));
      if (twin === undefined) return [];
      return [
        {
          file: paragraph.file,
          line: paragraph.line,
          message: `the paragraph stands in ${twin.file}:${twin.line} already: link to it`,
        },
      ];
    });
  },
  "diagrams have a title, a description and a twin in text": eachPage(({ fences, source }) =>
    fences
      .filter(({ lang }) => lang === "mermaid")
      .flatMap(({ code, line }) =>
        [
          ...(["accTitle", "accDescr"] as const).filter((key) => !new RegExp(`^\\s*${key}\\s*[:{]`, "m").test(code)),
          ...(followedByText(source, line + code.split("\n").length + 1) ? [] : ["text after it"]),
        ].map((missing) => ({ line, message: `a diagram has no ${missing}` })),
      ),
  ),
} satisfies Readonly<Record<string, Rule>>;

/** A list, details or a paragraph, before the next heading. */
function followedByText(source: string, from: number): boolean {
  const next = source
    .split("\n")
    .slice(from)
    .find((line) => line.trim() !== "");
  return next !== undefined && !next.startsWith("#");
}
