/** A fenced block of a page. */
export interface Fence {
  /** First word of the info string: `sh`, `text`, `promql`. */
  readonly lang: string;
  readonly code: string;
  /** Of the line with the opening fence, from 1. */
  readonly line: number;
  readonly meta: FenceMeta;
  /** What is wrong with the info string. */
  readonly faults: readonly string[];
}

/** What the info string says about a command. */
export interface FenceMeta {
  /** Regular expression that the output must match. */
  readonly expect?: string;
  /** Exit status that it is meant to end with. */
  readonly exit: number;
  /** It changes or deletes data, or interrupts service. */
  readonly danger: boolean;
  /** Why it is not run where pages are tried. */
  readonly skip?: string;
  /** Seconds until it is ended. */
  readonly limit: number;
}

const presets: FenceMeta = { exit: 0, danger: false, limit: 60 };
/** Longer than any restore of the example data takes. */
const mostSeconds = 1800;

const word = /\s*([A-Za-z][\w-]*)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s"]+)))?(?=\s|$)/y;

/**
 * Reads an info string as it stands in the source. Markdown would unescape it first, and take the backslashes of a regular
 * expression with it.
 */
export function readInfo(info: string): Pick<Fence, "lang" | "meta" | "faults"> {
  const [lang = ""] = /^\S*/.exec(info.trim()) ?? [];
  const rest = info.trim().slice(lang.length).trimEnd();
  const meta: { -readonly [K in keyof FenceMeta]: FenceMeta[K] } = { ...presets };
  const faults: string[] = [];
  word.lastIndex = 0;
  while (word.lastIndex < rest.length) {
    const at = word.lastIndex;
    const found = word.exec(rest);
    if (!found) {
      faults.push(`cannot read "${rest.slice(at).trim()}" after \`\`\`${lang}`);
      break;
    }
    const [, name = "", quotedValue, bare] = found;
    faults.push(...take(meta, name, quotedValue?.replaceAll('\\"', '"') ?? bare));
  }
  return { lang, meta, faults };
}

function take(
  meta: { -readonly [K in keyof FenceMeta]: FenceMeta[K] },
  name: string,
  value: string | undefined,
): string[] {
  switch (name) {
    case "danger":
      meta.danger = true;
      return value === undefined ? [] : ["danger takes no value"];
    case "expect":
      if (!value) return ["expect needs a regular expression"];
      meta.expect = value;
      return expression(value) instanceof RegExp ? [] : [`expect="${value}" is no regular expression`];
    case "skip":
      if (!value) return ["skip needs a reason"];
      meta.skip = value;
      return [];
    case "exit":
    case "limit": {
      const number = Number(value);
      const most = name === "exit" ? 255 : mostSeconds;
      if (!/^\d{1,4}$/.test(value ?? "") || number > most) return [`${name} takes a whole number up to ${most}`];
      meta[name] = number;
      return [];
    }
    default:
      return [`no command has a "${name}"; there are expect, exit, danger, skip, limit`];
  }
}

/** As it is matched: `^` and `$` at every line, `.` across lines. */
export function expression(source: string): RegExp | undefined {
  try {
    return new RegExp(source, "ms");
  } catch {
    return undefined;
  }
}
