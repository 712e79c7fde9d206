const maxLength = 4_096;

/** What may follow at one place of an SQL statement, tried in this order; whatever else is one character. */
const token = new RegExp(
  [
    String.raw`(?<line>--[^\n]*)`,
    String.raw`(?<block>/\*)`,
    '(?<name>"(?:[^"]|"")*"?)',
    // C-like escapes, in which a backslash hides a quote.
    String.raw`(?<escaped>e'(?:[^'\\]|\\[^]|'')*'?)`,
    "(?<text>(?:[bxn]|u&)?'(?:[^']|'')*'?)",
    String.raw`(?<dollars>\$(?<tag>(?:[a-z_\x80-\uffff][\w\x80-\uffff]*)?)\$(?:[^]*?\$\k<tag>\$|[^]*))`,
    String.raw`(?<parameter>\$\d+)`,
    String.raw`(?<word>[a-z_\x80-\uffff][\w$\x80-\uffff]*)`,
    String.raw`(?<number>\.?\d[\w.]*(?:(?<=e)[+-]\d+)?)`,
    "(?<other>[^])",
  ].join("|"),
  "iy",
);

/** An SQL statement without comments and with `?` for every literal; parameters such as `$1` stay. At most 4096 characters. */
export function statementText(statement: string): string {
  let shown = "";
  for (let at = 0; at < statement.length && shown.length < maxLength; ) {
    token.lastIndex = at;
    const found = token.exec(statement)?.groups ?? {};
    at = token.lastIndex;
    if (found.block !== undefined) at = endOfComment(statement, at);
    else if (found.line !== undefined) continue;
    else if ((found.escaped ?? found.text ?? found.dollars ?? found.number) !== undefined) shown += "?";
    else shown += found.name ?? found.parameter ?? found.word ?? found.other ?? "";
  }
  return shown.replace(/\s+/g, " ").trim().slice(0, maxLength);
}

/** Postgres nests them. @param at behind the opening mark */
function endOfComment(statement: string, at: number): number {
  let depth = 1;
  let place = at;
  while (depth > 0 && place < statement.length) {
    const mark = statement.slice(place, place + 2);
    if (mark === "/*") depth += 1;
    if (mark === "*/") depth -= 1;
    place += mark === "/*" || mark === "*/" ? 2 : 1;
  }
  return place;
}
