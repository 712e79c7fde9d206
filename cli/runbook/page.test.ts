import { describe, expect, test } from "vitest";
import { readInfo } from "./fence.ts";
import { withFrontMatter } from "./front-matter.ts";
import { readPage, sectionsOf } from "./page.ts";
import { findPage } from "./pages.ts";
import { front } from "./testing/page-text.ts";

describe("info strings", () => {
  test("say what a command prints, how it ends and what it may do", () => {
    const { lang, meta, faults } = readInfo(String.raw`sh expect="^a \"b\" \d+\.$" exit=2 danger limit=300`);
    expect({ lang, faults }).toEqual({ lang: "sh", faults: [] });
    expect(meta).toEqual({ expect: String.raw`^a "b" \d+\.$`, exit: 2, danger: true, limit: 300 });
  });

  test("have presets", () => {
    expect(readInfo("sh").meta).toEqual({ exit: 0, danger: false, limit: 60 });
  });

  test.each([
    ["sh expected=x", 'no command has a "expected"'],
    ["sh exit=300", "exit takes a whole number up to 255"],
    ["sh limit=soon", "limit takes a whole number up to 1800"],
    ['sh expect="("', "is no regular expression"],
    ['sh expect="open', 'cannot read "expect="open"'],
    ["sh skip", "skip needs a reason"],
  ])("%s is a fault", (info, message) => {
    expect(readInfo(info).faults.join()).toContain(message);
  });
});

describe("a page", () => {
  const source = `${front({ slug: "/a/b" })}
## First {#one}

1. Look:

   \`\`\`sh expect="\\.md$"
   echo a.md
   \`\`\`

## Second

[there](../c.md#x)
`;
  const page = readPage("a/b.md", source);

  test("has its commands with the lines they begin at, also in lists, and their backslashes", () => {
    expect(page.fences).toMatchObject([{ lang: "sh", code: "echo a.md", meta: { expect: "\\.md$" } }]);
    expect(source.split("\n")[(page.fences[0]?.line ?? 0) - 1]).toContain("```sh");
  });

  test("has headings with written and made ids, links, and sections", () => {
    expect(page.headings).toMatchObject([
      { text: "First", id: "one", explicit: true },
      { text: "Second", id: "second", explicit: false },
    ]);
    expect(page.links).toMatchObject([{ url: "../c.md#x" }]);
    expect(sectionsOf(page).map(({ heading, nodes }) => [heading.text, nodes.length])).toEqual([
      ["First", 1],
      ["Second", 1],
    ]);
  });

  test.each([
    ["no front matter", "# x", "there is no front matter"],
    ["a kind that is none", front({ kind: "guide" }), "kind"],
    ["a relative slug", front({ slug: "a/b" }), "slug"],
    ["a key that nobody reads", front({ reviewed: "2026-01-01" }), "reviewed"],
    ["broken YAML", "---\ntitle: [\n---\n", "front matter:"],
  ])("with %s says so", (_what, text, message) => {
    const read = readPage("a.md", text);
    expect(read.front).toBeUndefined();
    expect(read.frontFaults.join()).toContain(message);
  });
});

test("confirming sets one key and leaves the rest of the page as it is", () => {
  const page = `${front({})}Text --- \n---\n`;
  const once = withFrontMatter(page, "confirmed", "0123456789ab");
  expect(readPage("a.md", once).front?.confirmed).toBe("0123456789ab");
  expect(once.replace('\nconfirmed: "0123456789ab"', "")).toBe(page);
  expect(withFrontMatter(once, "confirmed", "ba9876543210")).toBe(once.replace("0123456789ab", "ba9876543210"));
});

describe("a page is found", () => {
  const pages = ["index", "alerts/backup-drill", "backup/index", "backup/restore/undo", "cards/undo"].map((name) =>
    readPage(`${name}.md`, front({ slug: `/${name.replace(/\/?index$/, "")}` })),
  );
  test.each([
    ["/", ""],
    ["alerts/backup-drill", "alerts/backup-drill"],
    ["backup-drill", "alerts/backup-drill"],
    ["/backup", "backup"],
    ["runbooks/backup/index.md", "backup"],
    ["restore/undo", "backup/restore/undo"],
  ])("%s", (given, slug) => {
    expect(findPage(pages, given).slug).toBe(slug);
  });

  test("or else the nearest are named", () => {
    expect(() => findPage(pages, "backup-dril")).toThrow(/no page "backup-dril"/);
    expect(() => findPage(pages, "undo")).toThrow(/end of 2 slugs/);
  });
});
