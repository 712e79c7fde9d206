/** One `deb` entry of apt's sources: every URI serves every suite. */
export interface AptSource {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
}

export interface DebianMirror {
  /** Serves `/debian`. */
  readonly main: string;
  /** Serves `/debian-security`, if the machine's sources name one. */
  readonly security?: string;
}

const words = (text: string) => text.split(/\s+/).filter((word) => word !== "");

/** The one-line format: `deb [options] URI suite component…`. */
export function parseOneLine(text: string): AptSource[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (!match?.[1] || !match[2]) return [];
    return [{ uris: [match[1]], suites: [match[2]], components: words(match[3] ?? "") }];
  });
}

/** The deb822 format: stanzas of `Field: value`, continued by indented lines. */
export function parseDeb822(text: string): AptSource[] {
  return text.split(/\n(?:[ \t]*\n)+/).flatMap((stanza) => {
    const fields = new Map<string, string>();
    let current = "";
    for (const line of stanza.split("\n").filter((candidate) => !candidate.startsWith("#"))) {
      const field = /^([A-Za-z0-9-]+):(.*)$/.exec(line);
      if (field?.[1] !== undefined) current = field[1].toLowerCase();
      fields.set(current, `${fields.get(current) ?? ""} ${field ? field[2] : line}`);
    }
    const listed = (name: string) => words(fields.get(name) ?? "");
    if (!listed("types").includes("deb") || /^\s*(no|false|0)\s*$/i.test(fields.get("enabled") ?? "")) return [];
    return [{ uris: listed("uris"), suites: listed("suites"), components: listed("components") }];
  });
}

/**
 * The machine's own mirror of Debian's archive: the first web address ending in /debian that serves a main suite.
 * Sources of other projects and of other distributions are passed over. Undefined: this machine names none.
 */
export function debianMirror(sources: readonly AptSource[]): DebianMirror | undefined {
  const first = (folder: RegExp, suite: (name: string) => boolean) =>
    sources
      .filter((source) => source.components.includes("main") && source.suites.some(suite))
      .flatMap((source) => source.uris)
      .find((uri) => /^https?:/.test(uri) && folder.test(uri));
  const isSecurity = (suite: string) => /-security$|\/updates$/.test(suite);
  const main = first(/\/debian\/?$/, (suite) => !isSecurity(suite));
  const security = first(/\/debian-security\/?$/, isSecurity);
  return main === undefined ? undefined : { main, ...(security === undefined ? {} : { security }) };
}
