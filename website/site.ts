import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Not `import.meta.dirname`: Docusaurus loads its configuration through a compiler that knows the URL alone. */
export const siteFolder = fileURLToPath(new URL(".", import.meta.url));

/** The Markdown that the site shows. Tests show pages of their own. */
export const pagesFolder = resolve(siteFolder, process.env.RUNBOOKS_PAGES ?? "../runbooks");

/** Where "Edit this page" leads. Empty: there is no such link, as a wrong one is worse. */
export const repositoryUrl = process.env.RUNBOOKS_REPOSITORY ?? "";
const branch = process.env.RUNBOOKS_BRANCH ?? "main";

export const editUrlOf = (pagePath: string): string | undefined =>
  repositoryUrl === "" ? undefined : `${repositoryUrl}/edit/${branch}/runbooks/${pagePath}`;

/** An image is built from files alone: without history there is no date to show. */
export const hasHistory = existsSync(join(siteFolder, "../.git"));

/** Only in absolute links of the page's head. One build serves each environment, so the local address stands in it. */
export const siteUrl = "http://localhost:3000";
