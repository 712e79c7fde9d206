import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";
import { expect, test } from "vitest";
import { commentLimit, markdown } from "./markdown.ts";
import { type DigestStep, digest, modelOf, replacement, states, step, urnOf } from "./testing/digest.ts";

const tree = (page: string) => fromMarkdown(page, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });

/** All that is markup of HTML on the page: what stands in code is not. */
function htmlOf(page: string): string {
  const found: string[] = [];
  const visit = (node: { type: string; children?: unknown[]; value?: string }): void => {
    if (node.type === "html") found.push(node.value ?? "");
    for (const child of node.children ?? []) visit(child as typeof node);
  };
  visit(tree(page));
  return found.join("\n");
}

/** What a comment must be, whatever is in it. */
function expectComment(page: string): void {
  expect(page.length).toBeLessThanOrEqual(commentLimit);
  expect(Buffer.byteLength(page)).toBeLessThanOrEqual(commentLimit);
  expect(page).toBe(page.toWellFormed());
  expect(page).not.toContain("\ufffd");
  const fences = page.split("\n").filter((line) => /^`{3,}/.test(line));
  expect(fences.length % 2).toBe(0);
  const html = htmlOf(page);
  expect(html.split("<details>").length).toBe(html.split("</details>").length);
  // Every table has rows of as many cells as its head: nothing was cut inside a row, nothing broke out of a cell.
  for (const node of tree(page).children) {
    if (node.type !== "table") continue;
    const [head, ...rows] = node.children;
    for (const row of rows) expect(row.children).toHaveLength(head?.children.length ?? 0);
  }
}

test("PD-02: of ten thousand lines the one that changed is shown", () => {
  const lines = Array.from({ length: 10_000 }, (_, at) => `line ${at} ${"x".repeat(10)}`);
  const after = lines.with(5_000, "line 5000 changed");
  const page = markdown(
    modelOf(digest([step("conf", states({ file: lines.join("\n") }, { file: after.join("\n") }))])),
  );
  expectComment(page);
  expect(page).toContain("- line 5000 xxxxxxxxxx\n+ line 5000 changed\n");
  expect(page).not.toContain("line 4999");
  expect(page.length).toBeLessThan(2_000);
});

test.each(["é", "🙂", "`", "|", "<", "\\"])("PD-02: a value of 70,000 × %s is cut between characters", (character) => {
  const long = character.repeat(70_000);
  for (const values of [false, true]) {
    const page = markdown(
      modelOf(digest([step("it", states({ a: "x", b: long }, { a: "y", b: `${long}!` }))]), { values }),
    );
    expectComment(page);
    expect(page).toContain("70000 characters");
  }
});

function many(destroying: number): { steps: DigestStep[]; urns: string[] } {
  const name = (at: number) => `resource-${String(at).padStart(4, "0")}-éé`;
  const steps = Array.from({ length: 3_000 - destroying }, (_, at) =>
    step(name(at), { type: "aws:sns/topic:Topic", ...states({ tag: `before ${at}` }, { tag: `after ${at} 🙂` }) }),
  );
  const urns = Array.from({ length: destroying }, (_, at) => urnOf(name(10_000 + at)));
  const gone = urns.map((_, at) =>
    at % 2 === 0 ? [step(name(10_000 + at), { op: "delete", newState: null })] : replacement(name(10_000 + at)),
  );
  return { steps: [...steps, ...gone.flat()], urns };
}

test.each([0, 1, 40, 400])(
  "PD-02: 3,000 changes, %i of which destroy, fit with every destructive URN, those first",
  (destroying) => {
    const { steps, urns } = many(destroying);
    const model = modelOf(digest(steps));
    const page = markdown(model, { full: "https://ci.example/runs/1" });
    expectComment(page);
    for (const urn of urns) expect(page).toContain(urn);
    expect(page).toMatch(/\*\*[\d,]+ more changes\*\* in the full text \| \[here\]\(https:\/\/ci\.example\/runs\/1\)/);
    expect(page.split("\n")[0]).toContain(`${(3_000 - destroying).toLocaleString("en-US")} update`);
    const rows = page
      .split("\n")
      .filter((line) => /^\| .*(update|\*\*(replace|delete))/.test(line) && !line.includes("no**"));
    const firstUpdate = rows.findIndex((line) => line.includes("update"));
    expect(rows.slice(firstUpdate).filter((line) => /\*\*(replace|delete)/.test(line))).toEqual([]);
    // Used up to the reserve and one row: what fits is shown.
    expect(Buffer.byteLength(page)).toBeGreaterThan(commentLimit * 0.9);
  },
);

test("PD-02: more deletions than fit are counted, and the text stays whole", () => {
  const page = markdown(modelOf(digest(many(3_000).steps)));
  expectComment(page);
  expect(page).toMatch(/more changes\*\* in the full text/);
});

test("PD-02: without a limit everything is there", () => {
  const { steps, urns } = many(3_000);
  const page = markdown(modelOf(digest(steps)), { limit: Number.POSITIVE_INFINITY });
  for (const urn of urns) expect(page).toContain(urn);
  expect(page).not.toContain("more changes** in the full text");
});

const hostile =
  "x | y\n| <img src=x onerror=alert(1)> `code` ``` @org/team\u001b[31m\u202e](http://evil.example) <!-- --> \\| ![](http://evil.example/p.png)";

test("a hostile name, path, value or message is text: no cell, tag, mention, link, image or control character of its own", () => {
  const steps = [
    step(hostile, { ...states({ [hostile]: hostile }, { [hostile]: `${hostile}2` }) }),
    step("lines", states({ a: `a\n${"`".repeat(8)}\n${hostile}` }, { a: `b\n@everyone\n</details>\n${hostile}` })),
    step(hostile, { op: "delete", type: hostile, newState: null }),
    step("named", { op: hostile }),
  ];
  const diagnostics = [{ severity: "error", urn: urnOf(hostile), message: hostile }];
  const policies = [{ policy: hostile, resource: hostile, message: hostile, severity: "warning" as const }];
  const page = markdown(
    modelOf(digest(steps, undefined, { diagnostics }), { stack: hostile, allow: [hostile], about: hostile, policies }),
  );
  expectComment(page);
  for (const mark of ["\u001b", "\u202e"]) expect(page).not.toContain(mark);
  expect(page).not.toMatch(/(^|[^\w\u200b])@[a-z]/i);
  const seen: string[] = [];
  const visit = (node: { type: string; children?: unknown[]; value?: string }): void => {
    if (node.type === "html") seen.push(node.value ?? "");
    else if (["link", "image", "definition"].includes(node.type)) seen.push(node.type);
    for (const child of node.children ?? []) visit(child as typeof node);
  };
  visit(tree(page));
  expect([...new Set(seen.flatMap((html) => html.match(/<[^>]*>/g) ?? [html]))].sort()).toEqual(
    expect.arrayContaining(["<code>", "</code>"]),
  );
  for (const html of seen) expect(html).toMatch(/^(<\/?(code|sub|br|details|summary)>|Texts that change|\s)*$/);
});
