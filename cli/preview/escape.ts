import { clean } from "./property-change.ts";

/**
 * Other people's text for a place inside Markdown: a code span, in which nothing is markup and nobody is mentioned. Where the text
 * holds what ends a span or a table's cell, the same as HTML with every mark as an entity.
 */
export function code(text: string): string {
  const line = quiet(oneLine(text));
  if (line === "") return "` `";
  if (!/[`|\\<]/.test(line)) return `\`${line}\``;
  return `<code>${entities(line)}</code>`;
}

/** Inside a fence, which is made longer than any row of marks in its text. */
export function fenced(lines: readonly string[], language: string): string[] {
  const text = lines.map((line) => quiet(clean(line).replace(/[\r\n]+/g, " ")));
  const longest = Math.max(2, ...text.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)));
  const fence = "`".repeat(longest + 1);
  return [`${fence}${language}`, ...text, fence];
}

const oneLine = (text: string) => clean(text).replace(/\s+/g, " ").trim();

/** A mention begins where no word goes before it; a blank of no width behind the sign takes its effect. */
export const quiet = (text: string): string => text.replace(/(^|[^\w])@(?=[\w[])/g, "$1@\u200b");

function entities(text: string): string {
  // Addresses become links even between tags; a blank of no width keeps them words.
  const still = text.replace(/:\/\/|\bwww\./gi, (it) => `${it.slice(0, -1)}\u200b${it.slice(-1)}`);
  return still.replace(/[!"#$&'()*+<>@[\\\]^`{|}~_-]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
