import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { LoadContext, Plugin } from "@docusaurus/types";
import { pagesFolder } from "../site.ts";
import { environmentsFile } from "./environments.ts";
import { llmsFullTxt, llmsTxt } from "./llms.ts";
import { twinOf, twinPath } from "./markdown-twins.ts";
import { sitePages } from "./site-pages.ts";

/** The pages once more, as plain Markdown: for machines, and for whoever has no browser. */
export default function markdownCopies({ siteDir }: LoadContext): Plugin {
  return {
    name: "markdown-copies",
    async postBuild({ outDir, plugins }) {
      const pages = sitePages(plugins, siteDir, pagesFolder);
      const write = (path: string, text: string) => {
        const file = join(outDir, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
      };
      for (const page of pages) write(twinPath(page.path), twinOf(page, pages));
      write("llms.txt", llmsTxt(pages));
      write("llms-full.txt", llmsFullTxt(pages));
      write("pages.json", JSON.stringify(pages.map(({ path, file, title }) => ({ path, file, title }))));
      copyFileSync(environmentsFile(pagesFolder), join(outDir, "environments.json"));
    },
  };
}
