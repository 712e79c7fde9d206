/** What the words after a fence's language say about the command in it. */
export interface FenceMeta {
  readonly danger: boolean;
  readonly expect?: string;
  readonly skip?: string;
  readonly exit?: string;
  /** What is left for Docusaurus, as in `title="…"`. A regular expression's `{1,3}` would be taken for lines to mark. */
  readonly rest: string;
}

const word =
  /(?<key>expect|skip|exit|limit)=(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<bare>\S+))|(?<flag>\bdanger\b)|(?<other>[^\s"]+(?:"[^"]*")?)/g;

export function parseFenceMeta(meta: string | undefined): FenceMeta {
  const found: Record<string, string> = {};
  const rest: string[] = [];
  let danger = false;
  for (const { groups } of (meta ?? "").matchAll(word)) {
    if (groups?.key !== undefined) found[groups.key] = groups.bare ?? (groups.quoted ?? "").replaceAll('\\"', '"');
    else if (groups?.flag !== undefined) danger = true;
    else if (groups?.other !== undefined) rest.push(groups.other);
  }
  const { expect, skip, exit } = found;
  return {
    danger,
    ...(expect === undefined ? {} : { expect }),
    ...(skip === undefined ? {} : { skip }),
    ...(exit === undefined ? {} : { exit }),
    rest: rest.join(" "),
  };
}
