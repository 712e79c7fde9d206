import type { Item } from "@golive/infra/errors/fire/item.ts";
import { shortNumber } from "@golive/infra/errors/fire/verdict.ts";
import { table } from "../../core/table.ts";
import type { Fired } from "./fire-rule.ts";

/** What of an item is shown: what rules ask for, and nothing that could be of a person. */
const shownFields: ReadonlySet<string> = new Set([
  "level",
  "subsystem",
  "security_event",
  "transaction",
  "is_transaction",
  "span.op",
  "span.status",
  "http.route",
  "http.response.status_code",
]);
const maxGroups = 5;

/** Equal ones together, the most frequent first. */
interface MatchedGroup {
  readonly count: number;
  readonly tags: Readonly<Record<string, string>>;
}

function matchedGroups(items: readonly Item[]): MatchedGroup[] {
  const groups = new Map<string, MatchedGroup>();
  for (const item of items) {
    const tags = tagsOf(item);
    const key = JSON.stringify(tags);
    const count = (groups.get(key)?.count ?? 0) + (item.kind === "session" ? item.count : 1);
    groups.set(key, { count, tags });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count).slice(0, maxGroups);
}

function tagsOf(item: Item): Record<string, string> {
  if (item.kind === "session") return { session: item.crashed ? "crashed" : "ended well" };
  const entries = Object.entries(item.fields).filter(([name]) => shownFields.has(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]).sort());
}

/** How many of each kind left the process. */
function left(items: readonly Item[]): { events: number; spans: number; sessions: number } {
  const count = (kind: Item["kind"]) =>
    items.reduce((sum, item) => sum + (item.kind !== kind ? 0 : item.kind === "session" ? item.count : 1), 0);
  return { events: count("event"), spans: count("span"), sessions: count("session") };
}

/** For programs. */
export function firedJson({ id, rule, did, observed, verdict }: Fired) {
  const { fires, level, value, threshold, because, matched } = verdict;
  return {
    rule: id,
    title: rule.title,
    severity: rule.severity,
    runbook: rule.runbook,
    did,
    left: left(observed.items),
    matched: { count: matched.length, groups: matchedGroups(matched) },
    value: value ?? null,
    threshold,
    level,
    fires,
    because,
  };
}

/** For people: a paragraph. */
export function firedText(fired: Fired): string {
  const { id, rule, did, observed, verdict } = fired;
  const { events, spans, sessions } = left(observed.items);
  const sent = [`${events} events`, `${spans} spans`, ...(sessions > 0 ? [`${sessions} sessions`] : [])];
  const matched = matchedGroups(verdict.matched).map(
    ({ count, tags }) =>
      `${count} with ${Object.entries(tags)
        .map(([name, value]) => `${name}=${value}`)
        .join(" ")}`,
  );
  const value = verdict.value === undefined ? "nothing to measure" : shortNumber(verdict.value);
  const rows = [
    ["did", did],
    ["left", sent.join(", ")],
    ...(matched.length > 0 ? matched : ["nothing"]).map((line, at) => [at === 0 ? "matched" : "", line]),
    ["value", `${value}, threshold ${verdict.threshold}`],
    ["because", verdict.because],
    ["runbook", rule.runbook],
  ];
  const outcome = verdict.fires ? `fires (${verdict.level})` : "STAYS SILENT";
  return `${id}: ${outcome}\n  ${rule.title} [${rule.severity}]\n${table(rows, "  ")}`;
}
