/** A page of the site as it goes into a printed guide. */
export interface Part {
  readonly path: string;
  readonly title: string;
  readonly html: string;
}

export const partId = (path: string): string => `part${path.replaceAll("/", "-").replace(/-$/, "")}`;

/** Pages become chapters of one document: their anchors get the chapter's name, and links to other chapters stay inside. */
export function withinOneDocument(parts: readonly Part[]): string {
  const [first] = parts;
  if (first === undefined) throw new Error("a guide has at least one page");
  const known = new Set(parts.map(({ path }) => path));
  const contents = parts.map(({ path, title }) => `<li><a href="#${partId(path)}">${escaped(title)}</a></li>`);
  const cover = [
    '<section class="printed-cover">',
    `<h1>${escaped(first.title)}</h1>`,
    "<p>GoLive runbooks</p>",
    `<nav aria-label="Contents"><h2>Contents</h2><ol>${contents.join("")}</ol></nav>`,
    "</section>",
  ];
  const chapters = parts.map(
    (part) => `<section class="printed-part" id="${partId(part.path)}">${chapter(part, known)}</section>`,
  );
  return [...cover, ...chapters].join("\n");
}

function chapter({ path, html }: Part, known: ReadonlySet<string>): string {
  // Diagrams name their own parts from within their styles: they stay as they are, and are unique already.
  return html
    .split(/(<svg[\s\S]*?<\/svg>)/)
    .map((piece) => (piece.startsWith("<svg") ? piece : renamed(piece, path, known)))
    .join("");
}

const renamed = (html: string, path: string, known: ReadonlySet<string>): string =>
  html
    .replace(/\sid="(?<id>[^"]+)"/g, (_, id: string) => ` id="${partId(path)}--${id}"`)
    .replace(/\shref="(?<to>[^"#]*)(?:#(?<anchor>[^"]*))?"/g, (whole, to: string, anchor: string | undefined) => {
      const target = to === "" ? path : to.replace(/\/?$/, "/");
      if (!known.has(target)) return whole;
      return ` href="#${partId(target)}${anchor ? `--${anchor}` : ""}"`;
    });

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** Counts the sheets of a PDF as Chromium writes it, with its page objects in clear. */
export const sheetsOf = (pdf: Buffer): number => pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
