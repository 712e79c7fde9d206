import { toString as textOf } from "mdast-util-to-string";
import { type AlertSource, eachPage, type Rule, type Subject } from "./lint-rule.ts";
import { type Page, type Section, sectionsOf } from "./page.ts";

/** Headings of an alert's page, in this order. */
export const alertSections = [
  "Meaning",
  "Impact",
  "First five minutes",
  "Diagnosis",
  "Mitigation",
  "Verify",
  "If it fails",
  "Escalate",
  "Afterwards",
] as const;

/** The catalogue is generated and is none. */
const slugOf = ({ file }: Page) => /^alerts\/(?!index\.)(.+)\.mdx?$/.exec(file)?.[1];

/** Rules of alerts' pages alone. */
const eachAlertPage = (
  look: (page: Page, source: AlertSource | undefined) => ReturnType<Parameters<typeof eachPage>[0]>,
) =>
  eachPage((page, { alerts }) => {
    const slug = slugOf(page);
    return slug === undefined
      ? []
      : look(
          page,
          alerts.find((alert) => alert.slug === slug),
        );
  });

export const alertRules = {
  "every alert has a page": ({ pages, alerts }: Subject) => {
    const there = new Set(pages.map(slugOf));
    return alerts
      .filter(({ slug }) => !there.has(slug))
      .map(({ slug, names }) => ({
        file: `alerts/${slug}.md`,
        line: 1,
        message: `there is no such page, and ${names.join(", ")} points at it`,
      }));
  },
  "every alert page has an alert": eachAlertPage((page, source) =>
    source === undefined ? [{ line: 1, message: `no alert points at the page "${slugOf(page)}"` }] : [],
  ),
  "the slug of an alert's page is that of the alert": eachAlertPage(({ front, file }) => {
    const wanted = `/${file.replace(/\.mdx?$/, "")}`;
    if (front === undefined || front.slug === wanted) return [];
    return [{ line: 1, message: `the slug is ${front.slug}; links of alerts go to ${wanted}` }];
  }),
  "an alert's page has its sections, in order, each with text": eachAlertPage((page) =>
    sectionFaults(sectionsOf(page)),
  ),
  "an alert's page has a place for its facts": eachAlertPage(({ source }) =>
    source.includes("<!-- facts -->") && source.includes("<!-- /facts -->")
      ? []
      : [{ line: 1, message: "the lines <!-- facts --> and <!-- /facts --> are missing" }],
  ),
  "the meaning is three sentences at most": eachAlertPage((page) => {
    const meaning = sectionOf(page, "Meaning");
    const count = meaning === undefined ? 0 : sentences(proseOf(meaning)).length;
    return count <= 3
      ? []
      : [{ line: meaning?.heading.line ?? 1, message: `Meaning has ${count} sentences; 3 at most` }];
  }),
  "numbers of the meaning are those of the data": eachAlertPage((page, source) => {
    const meaning = sectionOf(page, "Meaning");
    if (meaning === undefined || source === undefined) return [];
    const known = new Set(measures(source.data));
    return measures(meaning.nodes.map((node) => textOf(node)).join("\n"))
      .filter((measure) => !known.has(measure))
      .map((measure) => ({
        line: meaning.heading.line,
        message: `Meaning says ${measure}, which no alert of the page does`,
      }));
  }),
  "the page was read since its alerts changed": eachAlertPage(({ front }, source) => {
    if (front === undefined || source === undefined) return [];
    const command = `golive runbook confirm ${front.slug.slice(1)}`;
    if (front.confirmed === undefined)
      return [{ line: 1, message: `nobody has confirmed the page: read it, then ${command}` }];
    if (front.confirmed === source.hash) return [];
    return [{ line: 1, message: `the rule changed: read the page again, then ${command}` }];
  }),
} satisfies Readonly<Record<string, Rule>>;

const sectionOf = (page: Page, name: string) => sectionsOf(page).find(({ heading }) => heading.text === name);

function sectionFaults(sections: readonly Section[]): { line: number; message: string }[] {
  const names = sections.map(({ heading }) => heading.text);
  const missing = alertSections.filter((name) => !names.includes(name));
  const strange = sections.filter(({ heading }) => !alertSections.some((name) => name === heading.text));
  const known = names.filter((name) => alertSections.some((one) => one === name));
  const inOrder = alertSections.filter((name) => known.includes(name));
  return [
    ...missing.map((name) => ({ line: 1, message: `the section "${name}" is missing` })),
    ...strange.map(({ heading }) => ({
      line: heading.line,
      message: `an alert's page has no section "${heading.text}"`,
    })),
    ...sections
      .filter(
        ({ nodes }) =>
          nodes
            .map((node) => textOf(node, { includeHtml: false }))
            .join("")
            .trim() === "",
      )
      .map(({ heading }) => ({ line: heading.line, message: `the section "${heading.text}" is empty` })),
    ...(known.join() === inOrder.join() ? [] : [{ line: 1, message: `the sections stand as ${known.join(", ")}` }]),
  ];
}

/** Paragraphs alone: a list of which alert says what may follow. */
const proseOf = ({ nodes }: Section) =>
  nodes
    .filter(({ type }) => type === "paragraph")
    .map((node) => textOf(node))
    .join(" ");

const sentences = (text: string) => text.split(/(?<=[.!?])\s+(?=[A-Z`0-9])/).filter((part) => part.trim() !== "");

const units: Readonly<Record<string, string>> = {
  "%": "%",
  ms: "ms",
  s: "s",
  second: "s",
  seconds: "s",
  m: "min",
  min: "min",
  minute: "min",
  minutes: "min",
  h: "h",
  hour: "h",
  hours: "h",
  d: "d",
  day: "d",
  days: "d",
};

/** `5 min`, `5m` and `5 minutes` are the same; so are 90 s and 1.5 min. A share is written as per cent or as a fraction. */
export function measures(text: string): string[] {
  const found = [...text.matchAll(/(?<![\w.-])(\d+(?:\.\d+)?)\s*(%|[a-z]+)?/g)];
  return found.flatMap(([, number = "", word = ""]) => {
    const unit = units[word];
    if (unit === undefined) return [];
    return [inBase(Number(number), unit)];
  });
}

const seconds: Readonly<Record<string, number>> = { ms: 0.001, s: 1, min: 60, h: 3600, d: 86_400 };

function inBase(number: number, unit: string): string {
  if (unit === "%") return `${number} %`;
  const all = number * (seconds[unit] ?? 1);
  return all >= 1 ? `${Number(all.toPrecision(6))} s` : `${Number((all * 1000).toPrecision(6))} ms`;
}
