import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { join } from "node:path";
import type { LoadContext, Plugin } from "@docusaurus/types";
import { aliasedSitePath } from "@docusaurus/utils";
import { pagesFolder } from "../site.ts";
import { type Environments, environmentsFile, readEnvironments } from "./environments.ts";
import { type Freshness, freshnessOf, passedFile, readPassed } from "./freshness.ts";

/** What every page's components may ask for. */
export interface SiteData {
  readonly environments: Environments;
  /** By the page's `source`, as Docusaurus names it. */
  readonly freshness: Readonly<Record<string, Freshness>>;
}

export default function siteData({ siteDir }: LoadContext): Plugin<SiteData> {
  return {
    name: "site-data",
    getPathsToWatch: () => [environmentsFile(pagesFolder), passedFile(pagesFolder)],
    async loadContent() {
      const passed = readPassed(pagesFolder);
      const freshness: Record<string, Freshness> = {};
      for await (const path of glob("**/*.md", { cwd: pagesFolder })) {
        const file = join(pagesFolder, path);
        const found = freshnessOf(readFileSync(file, "utf8"), passed[path]);
        if (found !== undefined) freshness[aliasedSitePath(file, siteDir)] = found;
      }
      return { environments: readEnvironments(pagesFolder), freshness };
    },
    contentLoaded({ content, actions }) {
      actions.setGlobalData(content);
    },
  };
}
