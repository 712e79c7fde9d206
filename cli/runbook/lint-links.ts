import { posix } from "node:path";
import { eachPage, type Rule, type Subject } from "./lint-rule.ts";
import type { Heading, Page } from "./page.ts";

const outside = /^[a-z][a-z0-9+.-]*:/i;

/** Ids that a link may end in, and those of a page's own HTML. */
const anchorsOf = ({ headings, source }: Page) =>
  new Set([...headings.map(({ id }) => id), ...[...source.matchAll(/\bid="([\w-]+)"/g)].map(([, id = ""]) => id)]);

function linkFault(page: Page, url: string, { pages, files }: Subject): string | undefined {
  if (outside.test(url)) return undefined;
  const [path = "", anchor] = url.split("#");
  if (path.startsWith("/")) return `the link ${url} is absolute: write the path to the page's .md file`;
  const file = path === "" ? page.file : posix.normalize(posix.join(posix.dirname(page.file), decodeURI(path)));
  const target = pages.find((one) => one.file === file);
  if (target === undefined) {
    if (files.has(file)) return undefined;
    const other = [...pages.map((one) => one.file), ...files].find((one) => one.toLowerCase() === file.toLowerCase());
    if (other !== undefined) return `the link ${url} differs in case from ${other}`;
    return /\.mdx?$/.test(path)
      ? `the link ${url} leads to no page`
      : `the link ${url} leads to no file; pages end in .md`;
  }
  if (anchor === undefined || anchor === "" || anchorsOf(target).has(anchor)) return undefined;
  return `the link ${url} leads to no heading of ${target.file}`;
}

const doubles = <T>(items: readonly T[], key: (item: T) => string) =>
  items.filter((item, at) => items.findIndex((other) => key(other) === key(item)) !== at);

export const linkRules = {
  "front matter is valid": eachPage(({ frontFaults }) => frontFaults.map((message) => ({ line: 1, message }))),
  "slugs are unique": ({ pages }: Subject) =>
    doubles(pages, ({ slug }) => slug).map(({ file, slug }) => ({
      file,
      line: 1,
      message: `the slug /${slug} is that of ${pages.find((other) => other.slug === slug)?.file} already`,
    })),
  "explicit anchors are unique": eachPage(({ headings }) =>
    doubles(
      headings.filter(({ explicit }) => explicit),
      ({ id }: Heading) => id,
    ).map(({ id, line }) => ({ line, message: `the anchor {#${id}} is there twice` })),
  ),
  "links lead somewhere": eachPage((page, subject) =>
    page.links.flatMap(({ url, line }) => {
      const message = linkFault(page, url, subject);
      return message === undefined ? [] : [{ line, message }];
    }),
  ),
  "the title is the only heading of the first rank": eachPage(({ headings }) =>
    headings
      .filter(({ depth }) => depth === 1)
      .map(({ line }) => ({ line, message: "a heading of the first rank: the title is it" })),
  ),
} satisfies Readonly<Record<string, Rule>>;
