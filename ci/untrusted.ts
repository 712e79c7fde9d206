/**
 * Text that a pull request made, on its way into a comment. It runs with the rights of the repository's bot, so it may format, and
 * nothing else: no HTML but a few tags without attributes, no image, no link away from the repository, no mention.
 * Nothing here needs a package: the comment job installs none.
 */
export interface Harmless {
  /** Bytes of the result; GitHub takes 65,536 characters. */
  readonly limit: number;
  /** Links that stay begin with one of these. */
  readonly links: readonly string[];
}

const tags = ["details", "summary", "sub", "br", "code"] as const;
const allowedTag = new RegExp(`^</?(?:${tags.join("|")})\\s*/?>`, "i");
// biome-ignore lint/suspicious/noControlCharactersInRegex: taking them out is the point
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

export function harmless(text: string, { limit, links }: Harmless): string {
  const lines = text.replace(/\r\n?/g, "\n").replace(unseen, "").toWellFormed().split("\n");
  const kept: string[] = [];
  const open: Open = { fence: "", details: 0 };
  let size = 0;
  for (const line of lines) {
    const safe = open.fence ? quiet(line) : safeLine(line, links);
    const after = { ...open };
    follow(after, safe);
    // Room for what would have to be closed, and for the word that says so.
    size += Buffer.byteLength(safe) + 1;
    if (size + Buffer.byteLength(closing(after)) + cutNotice.length > limit)
      return `${kept.join("\n")}${closing(open)}${cutNotice}`;
    Object.assign(open, after);
    kept.push(safe);
  }
  return `${kept.join("\n").trimEnd()}${closing(open)}`;
}

const cutNotice = "\n\nThe rest did not fit into a comment; it is in the run's summary and artefacts.";

interface Open {
  /** Marks that end the fence; empty outside of one. */
  fence: string;
  details: number;
}

function follow(open: Open, line: string): void {
  const [, marks = ""] = /^ {0,3}(`{3,}|~{3,})/.exec(line) ?? [];
  if (open.fence) {
    const ends = marks.startsWith(open.fence) && line.trim() === marks;
    if (ends) open.fence = "";
    return;
  }
  if (marks) {
    open.fence = marks;
    return;
  }
  open.details += (line.match(/<details>/gi) ?? []).length - (line.match(/<\/details>/gi) ?? []).length;
}

const closing = ({ fence, details }: Open): string =>
  `${fence ? `\n${fence}` : ""}${details > 0 ? `\n\n${"</details>\n".repeat(details)}` : ""}`;

/** A mention begins where no word goes before it; a blank of no width behind the sign takes its effect. */
const quiet = (line: string): string => line.replace(/(^|[^\w])@(?=[\w[])/g, "$1@\u200b");

function safeLine(line: string, links: readonly string[]): string {
  const local = (address: string) => links.some((start) => address.startsWith(start));
  return quiet(
    line
      .replace(/<(?=[a-z/!?])[^>]*>?/gi, (tag) => (allowedTag.test(tag) ? (allowedTag.exec(tag)?.[0] ?? "") : ""))
      .replaceAll("![", "!\\[")
      .replace(/\]\(\s*([^)\s]*)/g, (link, address: string) => (local(address) ? link : `]\\(${address}`))
      .replace(/^\s{0,3}\[[^\]]+\]:.*$/, "")
      .replace(/\bhttps?:\/\/[^\s)<>`|]*/gi, (address) =>
        local(address) ? address : address.replace("://", ":\u200b//"),
      )
      .replace(/\bwww\./gi, "www\u200b."),
  );
}
