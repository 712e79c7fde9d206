import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";
import { expect, test } from "vitest";
import { alertRules } from "../errors/alerts.ts";
import { cronMonitors, uptimeMonitors } from "../errors/monitors.ts";
import { alerts } from "../metrics/alerts.ts";
import { alertFacts, alertSlugs, factsOf } from "./alert-facts.ts";
import { cataloguePage } from "./catalogue.ts";
import { alertHash, factCard, withCard } from "./facts.ts";

const parsed = (text: string) => fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });

test("every alert of every table has its facts", () => {
  const names = new Set(alertFacts.map(({ name }) => name));
  for (const name of [...Object.keys(alerts), ...Object.keys(alertRules), ...Object.keys(uptimeMonitors)])
    expect(names).toContain(name);
  for (const { title } of Object.values(cronMonitors)) expect(names).toContain(title);
});

test("a card says who is told, when and why, and what silences it", () => {
  const card = factCard("gateway-down");
  expect(card).toContain('| Fires when | `absent(up{job="gateway"} == 1)` for 3m |');
  expect(card).toContain(
    "| Told | PagerDuty and Slack, or mail where there is neither; the alert log always; again after 1h |",
  );
  expect(card).toContain("| Without data | Fires: missing data are what it watches for |");
  expect(card).toContain("| Not told while | `GatewayAbsent` fires |");
  expect(card).toContain("| Source | Sentry uptime monitor |");
});

test.each(alertSlugs)("the card of %s is nothing but whole tables of two columns", (slug) => {
  const tables = parsed(factCard(slug)).children;
  expect(tables).toHaveLength(factsOf(slug).length);
  for (const table of tables) {
    expect(table.type).toBe("table");
    if (table.type === "table") for (const row of table.children) expect(row.children.length).toBe(2);
  }
});

test("the catalogue has each alert once", () => {
  const rows = parsed(cataloguePage().replace(/^---[\s\S]*?---/, "")).children.flatMap((node) =>
    node.type === "table" ? node.children.slice(1) : [],
  );
  expect(rows).toHaveLength(alertFacts.length);
  for (const row of rows) expect(row.children).toHaveLength(5);
});

test("a card goes between its marks, as often as one likes, and a page without them has no place for one", () => {
  const page = "a\n<!-- facts -->\n<!-- /facts -->\nb $& c";
  const once = withCard(page, "gateway-down") ?? "";
  expect(once.startsWith("a\n<!-- facts -->\n\n| `GatewayAbsent`")).toBe(true);
  expect(once.endsWith("<!-- /facts -->\nb $& c")).toBe(true);
  expect(withCard(once, "gateway-down")).toBe(once);
  expect(withCard("a", "gateway-down")).toBeUndefined();
});

test("each page's alerts have a hash of their own", () => {
  const hashes = alertSlugs.map(alertHash);
  expect(new Set(hashes).size).toBe(alertSlugs.length);
  for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{12}$/);
});
