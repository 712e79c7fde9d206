import { createHash } from "node:crypto";
import { type AlertFact, factsOf, sources } from "./alert-facts.ts";

/** Text in a cell of a Markdown table: one line, and nothing that ends the cell or begins a tag. */
export function cell(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replaceAll("|", "\\|")
    .replaceAll("<", "&lt;")
    .replace(/([*_])/g, "\\$1")
    .trim();
}

/** The same as code, where only the cell's own end has to be hidden. */
export const codeCell = (text: string): string => `\`${text.replace(/\s+/g, " ").replaceAll("|", "\\|").trim()}\``;

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** Where an alert is looked at, with the placeholders of the pages. */
const places: Partial<Record<AlertFact["source"], (name: string) => string>> = {
  prometheus: (name) => `\`{{prometheus}}/alerts?search=${name}\``,
  sentry: () => "`{{tracker}}`, issues of the environment",
  cron: () => "`{{tracker}}`, crons",
  uptime: () => "`{{tracker}}`, uptime",
  check: () => "`./golive backup monitor --stack {{stack}}`",
};

function card(fact: AlertFact): string {
  const { name, source, severity, summary, firesWhen, query, why, withoutData, quietWhile, told } = fact;
  const when = query ? codeCell(firesWhen) : cell(firesWhen);
  const rows: [string, string | undefined][] = [
    ["What", cell(summary)],
    ["Source", sources[source]],
    ["Severity", severity],
    ["Told", cell(told)],
    ["Fires when", fact.for === undefined || fact.for === "0s" ? when : `${when} for ${fact.for}`],
    ["Why these numbers", why === undefined ? undefined : capital(cell(why))],
    ["Without data", withoutData && capital(cell(withoutData))],
    ["Not told while", quietWhile.length > 0 ? `${quietWhile.map(codeCell).join(" or ")} fires` : undefined],
    ["Look", places[source]?.(name)],
  ];
  const lines = rows.filter((row): row is [string, string] => row[1] !== undefined);
  return [`| \`${name}\` | |`, "| --- | --- |", ...lines.map(([key, value]) => `| ${key} | ${value} |`)].join("\n");
}

/** What the data say of the alerts of a page, one table each. */
export const factCard = (slug: string): string => factsOf(slug).map(card).join("\n\n");

/** 12 hex digits that change when an alert of the page does: then somebody has to read the page again. */
export function alertHash(slug: string): string {
  const data = factsOf(slug).map(({ told: _, ...fact }) => fact);
  return createHash("sha256").update(JSON.stringify(data)).digest("hex").slice(0, 12);
}

const [begin, end] = ["<!-- facts -->", "<!-- /facts -->"] as const;
const between = new RegExp(`${begin}[\\s\\S]*?${end}`);

/** The page with its card as the data have it; undefined when it has no place for one. */
export function withCard(page: string, slug: string): string | undefined {
  if (!between.test(page)) return undefined;
  return page.replace(between, () => `${begin}\n\n${factCard(slug)}\n\n${end}`);
}
