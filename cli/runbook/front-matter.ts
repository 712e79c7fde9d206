import { parseDocument } from "yaml";
import { z } from "zod";

/** What stands above a page, between two lines of dashes. */
export const frontMatter = z.strictObject({
  title: z.string().min(1),
  /** One sentence, for lists and search. */
  description: z.string().min(1),
  slug: z.string().regex(/^\/([a-z0-9-]+(\/[a-z0-9-]+)*)?$/, "is absolute and of a-z, 0-9, - and /"),
  /** Diátaxis: a page is one of them and no mixture. */
  kind: z.enum(["tutorial", "how-to", "reference", "explanation"]),
  owner: z.string().min(1),
  sidebar_position: z.number().nonnegative(),
  sidebar_label: z.string().min(1).optional(),
  /** Of an alert's page: the alerts as they were when somebody last read the page against them (`alertHash`). */
  confirmed: z
    .string()
    .regex(/^[0-9a-f]{12}$/, "is written by golive runbook confirm")
    .optional(),
  hide_table_of_contents: z.boolean().optional(),
  toc_min_heading_level: z.int().optional(),
  toc_max_heading_level: z.int().optional(),
  pagination_next: z.string().nullable().optional(),
  pagination_prev: z.string().nullable().optional(),
  keywords: z.array(z.string()).optional(),
});

export type FrontMatter = z.output<typeof frontMatter>;

export interface FrontMatterRead {
  readonly front: FrontMatter | undefined;
  readonly faults: readonly string[];
  /** The page with empty lines in place of its front matter. */
  readonly body: string;
}

const block = /^---\r?\n([\s\S]*?)\r?\n---[ \t]*(?=\r?\n|$)/;

export function readFrontMatter(source: string): FrontMatterRead {
  const found = block.exec(source);
  if (!found) return { front: undefined, faults: ["there is no front matter"], body: source };
  const [whole, yaml = ""] = found;
  const body = whole.replace(/[^\n]/g, "") + source.slice(whole.length);
  const document = parseDocument(yaml);
  const [broken] = document.errors;
  if (broken)
    return { front: undefined, faults: [`front matter: ${broken.message.split("\n")[0]?.replace(/:$/, "")}`], body };
  const parsed = frontMatter.safeParse(document.toJS());
  if (parsed.success) return { front: parsed.data, faults: [], body };
  const faults = parsed.error.issues.map(
    ({ path, message }) => `front matter: ${path.length > 0 ? `${path.join(".")}: ` : ""}${message}`,
  );
  return { front: undefined, faults, body };
}

/** The page with a key of its front matter set, and nothing else changed. */
export function withFrontMatter(source: string, key: "confirmed", value: string): string {
  const [whole, yaml = ""] = block.exec(source) ?? [];
  if (whole === undefined) return source;
  const line = `${key}: ${JSON.stringify(value)}`;
  const present = new RegExp(`^${key}:.*$`, "m");
  const changed = present.test(yaml) ? yaml.replace(present, line) : `${yaml}\n${line}`;
  return `---\n${changed}\n---${source.slice(whole.length)}`;
}
