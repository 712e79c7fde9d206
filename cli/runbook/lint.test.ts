import { describe, expect, test } from "vitest";
import { rules } from "./lint.ts";
import { guides } from "./lint-guides.ts";
import type { Subject } from "./lint-rule.ts";
import { readPage } from "./page.ts";
import { alertPage, fence, front } from "./testing/page-text.ts";

const alert = {
  slug: "x",
  names: ["Prometheus alert X"],
  data: "`rate(a[5m]) > 0.2` for 10m above 5 %",
  hash: "0123456789ab",
};

type Files = Readonly<Record<string, string>>;
interface Example {
  readonly passes: Files;
  readonly fails: Files;
  /** A part of the message. */
  readonly message: string;
  readonly subject?: Partial<Subject>;
}

const plain = (text: string): Files => ({ "a.md": front({}) + text });
const onAlertPage = (good: string, bad: string, message: string): Example => ({
  passes: { "alerts/x.md": good },
  fails: { "alerts/x.md": bad },
  message,
});
const onPage = (good: string, bad: string, message: string): Example => ({
  passes: plain(good),
  fails: plain(bad),
  message,
});
const words = (count: number) => Array.from({ length: count }, (_, at) => `word${at}`).join(" ");
const lines = (count: number) => "line\n".repeat(count);
const whole: Files = {
  "backup/index.md": front({ slug: "/backup" }) + words(guides.backup.words),
  "sentry/index.md": front({ slug: "/sentry" }) + lines(guides.sentry.lines),
  "tracing/index.md": front({ slug: "/tracing" }) + lines(guides.tracing.lines),
};
const story =
  "A night without a backup is a day of data at risk and nobody sees it before somebody needs that very day back again.";
const diagram = "accTitle: A\naccDescr: B\nA-->B";

/** A page that passes and one that does not, for each rule. */
const examples: Readonly<Record<string, readonly Example[]>> = {
  "every alert has a page": [
    {
      passes: { "alerts/x.md": alertPage() },
      fails: plain(""),
      message: "there is no such page, and Prometheus alert X",
    },
  ],
  "every alert page has an alert": [
    {
      passes: { "alerts/x.md": "", "alerts/index.md": "" },
      fails: { "alerts/y.md": "" },
      message: 'points at the page "y"',
    },
  ],
  "the slug of an alert's page is that of the alert": [
    onAlertPage(alertPage(), alertPage({}, { slug: "/alerts/y" }), "links of alerts go to /alerts/x"),
  ],
  "an alert's page has its sections, in order, each with text": [
    onAlertPage(alertPage(), alertPage({ Impact: undefined }), 'the section "Impact" is missing'),
    onAlertPage(alertPage(), alertPage({ Impact: "<!-- nothing -->" }), 'the section "Impact" is empty'),
    onAlertPage(alertPage(), `${alertPage()}\n## More\n\ntext`, 'no section "More"'),
    onAlertPage(
      alertPage(),
      alertPage().replace("## Meaning", "## M").replace("## Impact", "## Meaning").replace("## M\n", "## Impact\n"),
      "the sections stand as Impact, Meaning",
    ),
  ],
  "an alert's page has a place for its facts": [
    onAlertPage(alertPage(), alertPage().replace("<!-- /facts -->", ""), "<!-- /facts -->"),
  ],
  "the meaning is three sentences at most": [
    onAlertPage(
      alertPage({ Meaning: "One. Two. Three.\n\n- A. B." }),
      alertPage({ Meaning: "One. Two. Three. Four." }),
      "4 sentences",
    ),
  ],
  "numbers of the meaning are those of the data": [
    onAlertPage(
      alertPage({ Meaning: "Over 5 % for ten minutes, 10 min or 600 s, on 2 pods." }),
      alertPage({ Meaning: "For 15 minutes." }),
      "Meaning says 900 s",
    ),
    onAlertPage(alertPage({ Meaning: "Above 5 %." }), alertPage({ Meaning: "Above 6 %." }), "Meaning says 6 %"),
  ],
  "the page was read since its alerts changed": [
    onAlertPage(alertPage(), alertPage({}, { confirmed: "ffffffffffff" }), "the rule changed: read the page again"),
    onAlertPage(alertPage(), alertPage().replace(/confirmed.*\n/, ""), "nobody has confirmed the page"),
  ],
  "info strings can be read": [onPage(fence("x"), fence("x", "sh expects"), 'no command has a "expects"')],
  "commands stand in sh fences": [onPage(fence("x"), fence("x", "bash"), "a fence of bash is not run")],
  "every fence has a language": [onPage(fence("x"), fence("x", ""), "a fence has no language")],
  "every command says what it prints, or why it is not run": [
    onPage(fence("x") + fence("x", 'sh skip="why"'), fence("x", "sh exit=1"), "neither expect nor skip"),
  ],
  "an expectation says something": [onPage(fence("x"), fence("x", 'sh expect=".*"'), "matches no output at all")],
  "no prompts": [onPage(fence("# a comment\necho '$ x'"), fence("$ golive status"), "begins with a prompt")],
  "what destroys is marked": [
    onPage(
      fence("./golive kubectl -n a get cronjob backup-prune && ./golive runbook restore/undo") +
        fence("./golive kubectl rollout status deployment/a") +
        fence("drop table a;", "sql") +
        fence("golive undo --help") +
        fence("rm -r x", 'sh danger expect="x"'),
      fence("psql -c 'drop table a'"),
      "is not marked danger",
    ),
    ...[
      "./golive restore latest --replace",
      "rm -rf a",
      "psql -c 'TRUNCATE a'",
      "./golive kubectl -n golive-app delete pod a",
      "./golive kubectl rollout restart deployment/a",
      "./golive destroy",
    ].map((command) => onPage(fence("./golive status"), fence(command), "is not marked danger")),
  ],
  "no address of this machine": [
    onPage(fence("curl {{gateway}}/"), fence("curl http://localhost:8000/"), "write a placeholder"),
    onPage(fence("x"), fence("x", 'sh expect="127.0.0.1:9090"'), "write a placeholder"),
  ],
  "no stack by name": [
    onPage(
      fence("golive status {{stack}}") + fence("golive up --stack staging", 'sh skip="AWS"'),
      fence("golive status local"),
      "write {{stack}}",
    ),
    onPage(fence("x"), fence("GOLIVE_STACK=local golive kubectl get pods"), "write {{stack}}"),
  ],
  "placeholders have a value": [
    onPage(
      "`{{gateway}}` and `{{ $labels.pod }}` and `{{end}}`",
      "`{{grafana}}`",
      "no environment has a value for {{grafana}}",
    ),
  ],
  "nearly all commands are run": [
    {
      passes: plain(fence("x").repeat(19) + fence("x", 'sh skip="AWS"')),
      fails: plain(fence("x").repeat(18) + fence("x", 'sh skip="AWS"')),
      message: "94.7 % of 19 commands",
    },
  ],
  "front matter is valid": [{ passes: plain(""), fails: { "a.md": front({ kind: "guide" }) }, message: "kind" }],
  "slugs are unique": [
    {
      passes: { "a.md": front({}), "b.md": front({ slug: "/b" }) },
      fails: { "a.md": front({}), "b.md": front({}) },
      message: "the slug /a is that of a.md already",
    },
  ],
  "explicit anchors are unique": [onPage("## A {#a}\n## B {#b}", "## A {#a}\n## B {#a}", "{#a} is there twice")],
  "links lead somewhere": [
    ...[
      ["[x](C.md)", "differs in case from c.md"],
      ["[x](d.md)", "leads to no page"],
      ["[x](c.md#nowhere)", "leads to no heading of c.md"],
      ["[x](#missing)", "leads to no heading of a.md"],
      ["[x](/c)", "is absolute"],
      ["[x](c)", "pages end in .md"],
      ["[x]: d.md", "leads to no page"],
    ].map(([bad = "", message = ""]) => ({
      passes: {
        ...plain("## H\n[x](c.md#made-here) [y](#h) [z](https://example.org) [p](p.svg)"),
        "c.md": `${front({})}## Made here\n`,
      },
      fails: { ...plain(bad), "c.md": `${front({})}## Made here\n` },
      message,
    })),
  ],
  "the title is the only heading of the first rank": [onPage("## A", "# A", "the title is it")],
  "no promises": [
    onPage("It is so.", "TODO: say it.", '"TODO" promises'),
    onPage("Soon.", "PDF: coming soon", '"coming soon" promises'),
  ],
  "nothing that breaks MDX": [
    ...[
      "prose with {no one/a team}",
      "a <port> here",
      "a<b",
      "<!-- c -->",
      "import x from y",
      "{{ $labels.db }}",
      "<https://example.org>",
    ].map((text) => ({
      // The same text in plain Markdown is no finding.
      passes: {
        "a.md": front({}) + text,
        "b.mdx": `${front({})}<details>\n\`${text}\`\n${fence(text, "text")}</details>\n`,
      },
      fails: { "b.mdx": front({}) + text },
      message: "breaks MDX",
    })),
  ],
  "no paragraph is said twice": [
    {
      passes: { "a.md": front({}) + story, "b.md": `${front({})}${words(30)}` },
      fails: { "a.md": front({}) + story, "b.md": `${front({})}So: ${story} And more.` },
      message: "the paragraph stands in a.md:9 already",
    },
  ],
  "diagrams have a title, a description and a twin in text": [
    onPage(`${fence(diagram, "mermaid")}\n- A, then B\n`, `${fence("A-->B", "mermaid")}\n- A\n`, "no accTitle"),
    onPage(
      `${fence(diagram, "mermaid")}\n- A, then B\n`,
      `${fence(diagram, "mermaid")}\n## Next\n`,
      "no text after it",
    ),
  ],
  "guides are as long as promised": [
    { passes: whole, fails: { ...whole, "sentry/index.md": front({ slug: "/sentry" }) }, message: "at least 550" },
    { passes: whole, fails: { ...whole, "backup/index.md": words(10) }, message: "10 words; at least 18000" },
  ],
  "every check of a production has its place on the readiness page": [
    {
      passes: { "readiness.md": `${front({})}### A {#escrow}\n` },
      fails: { "readiness.md": front({}) },
      message: "no heading {#escrow}",
      subject: { readiness: ["escrow"] },
    },
  ],
};

const subject = (files: Files, other: Partial<Subject> = {}): Subject => ({
  pages: Object.entries(files).map(([file, text]) => readPage(file, text)),
  alerts: [alert],
  readiness: [],
  files: new Set(["p.svg"]),
  ...other,
});

test("every rule has an example", () => {
  expect(Object.keys(examples).sort()).toEqual(Object.keys(rules).sort());
});

describe.each(Object.entries(examples))("%s", (name, cases) => {
  test.each(cases.map((example) => [example.message, example] as const))("%s", (message, example) => {
    const rule = rules[name];
    expect(rule?.(subject(example.passes, example.subject))).toEqual([]);
    const found = rule?.(subject(example.fails, example.subject)) ?? [];
    expect(found.map((finding) => finding.message).join("\n")).toContain(message);
    for (const { line } of found) expect(line).toBeGreaterThan(0);
  });
});
