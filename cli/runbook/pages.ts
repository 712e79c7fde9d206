import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { nearest } from "@golive/infra/config/nearest.ts";
import { type Page, readPage } from "./page.ts";

/** Folder of the pages, below the repository. */
export const runbooksFolder = "runbooks";

/** Every page, by path. What begins with an underscore is a template or a part, and none. */
export function readPages(repo: string): Page[] {
  const root = join(repo, runbooksFolder);
  if (!existsSync(root))
    throw new GoliveError("USAGE", `there is no folder ${root}`, "Run golive out of a complete checkout.");
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => /\.mdx?$/.test(file) && !/(^|\/)_/.test(file))
    .sort()
    .map((file) => readPage(file, readFileSync(join(root, file), "utf8")));
}

/** Path as people open it: `runbooks/alerts/gateway-down.md`. */
export const pathOf = ({ file }: { readonly file: string }): string => `${runbooksFolder}/${file}`;

/** The page that is meant: its slug, the end of its slug (`gateway-down`), or its path. */
export function findPage(pages: readonly Page[], given: string): Page {
  const wanted = given.replace(/^(\.?\/)?(runbooks\/)?/, "").replace(/(\/index)?\.mdx?$|\/$/, "");
  const exact = pages.find(({ slug, file }) => slug === wanted || (given === "/" && slug === "") || file === given);
  if (exact) return exact;
  const ends = pages.filter(({ slug }) => slug.endsWith(`/${wanted}`));
  const [only] = ends;
  if (only && ends.length === 1) return only;
  // Alerts are what people come with.
  const alert = ends.find(({ slug }) => slug === `alerts/${wanted}`);
  if (alert) return alert;
  throw unknown(pages, wanted, ends);
}

function unknown(pages: readonly Page[], wanted: string, ends: readonly Page[]): GoliveError {
  if (ends.length > 1)
    return new GoliveError(
      "USAGE",
      `"${wanted}" is the end of ${ends.length} slugs`,
      `Give one of ${ends.map(({ slug }) => slug).join(", ")}.`,
    );
  const names = pages.flatMap(({ slug }) => [slug, slug.split("/").at(-1) ?? ""]);
  const holds = pages.filter(({ slug }) => wanted.length > 2 && slug.includes(wanted)).map(({ slug }) => slug);
  const near = [...new Set([...holds, ...[nearest(wanted, names)].filter((name) => name !== undefined)])].slice(0, 5);
  return new GoliveError(
    "USAGE",
    `there is no page "${wanted}"`,
    near.length > 0
      ? `Nearest are: ${near.join(", ")}. \`golive runbook\` lists them all.`
      : "Run `golive runbook` for the list.",
  );
}
