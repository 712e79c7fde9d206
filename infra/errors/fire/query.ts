import type { Item } from "./item.ts";

/** One `key:value` of a query. */
export interface Term {
  readonly key: string;
  readonly value: string;
}

/** A query asks for something that is not evaluated here; guessing would make a drill say what Sentry does not. */
export class QueryError extends Error {
  override readonly name = "QueryError";
}

/** `key:value` or `key:"some words"`, up to the next blank. */
const termPattern = /^(?<key>[a-z_][\w.-]*):(?:"(?<quoted>[^"]*)"|(?<plain>[^\s"]+))$/i;
/** Words, with the blanks inside of quotation marks. */
const wordPattern = /(?:[^\s"]|"[^"]*"?)+/g;
/** Of Sentry's syntax: wildcards, comparisons, lists, groups. */
const operators = /^[<>=![]|[*()]/;
const issueStates = ["unresolved"] as const;

/**
 * Reads Sentry's search syntax as far as rules use it: terms that must all hold.
 * @throws QueryError that names the first term outside of it
 */
export function parseQuery(query: string): readonly Term[] {
  return (query.match(wordPattern) ?? []).map(parseTerm);
}

function parseTerm(term: string): Term {
  const { key, quoted, plain } = termPattern.exec(term)?.groups ?? {};
  const value = quoted ?? plain;
  if (key === undefined || value === undefined) throw outside(term, "only key:value terms are");
  if (quoted === undefined && operators.test(value)) throw outside(term, "wildcards, comparisons and lists are not");
  if (key === "has") throw outside(term, "a key without its value is not");
  if (key === "is" && !issueStates.some((state) => state === value))
    throw outside(term, `only is:${issueStates.join(", is:")} is`);
  if (key === "release" && value === "latest") throw outside(term, "Sentry refuses it in a monitor");
  return { key, value };
}

const outside = (term: string, why: string) =>
  new QueryError(`the term ${JSON.stringify(term)} is outside the part of Sentry's search that is evaluated: ${why}`);

/** Text is compared as it is, as Sentry does with tags; a number or a switch by its usual spelling. */
export function matches({ key, value }: Term, item: Item): boolean {
  // An event that arrives reopens its issue, unless somebody archived that, which no rule's query is about.
  if (key === "is") return item.kind === "event";
  if (key === "environment") return item.environment === value;
  const held = Object.hasOwn(item.fields, key) ? item.fields[key] : undefined;
  return held !== undefined && String(held) === value;
}
