// Usage: node pdf.ts [guide …]. One PDF a guide, in website/pdf/, from the site in website/build (BUILD names another).
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { openBrowser } from "./print/chromium.ts";
import { type GuidePage, guidesOf, printGuide } from "./print/guide.ts";
import { serveSite } from "./server/served-site.ts";
import { siteFolder } from "./site.ts";

const build = resolve(process.env.BUILD ?? join(siteFolder, "build"));
const pages: GuidePage[] = JSON.parse(readFileSync(join(build, "pages.json"), "utf8"));
const guides = guidesOf(pages);
const asked = process.argv.slice(2);
for (const name of asked)
  if (!guides.has(name)) throw new Error(`there is no guide ${name}; there are ${[...guides.keys()].join(", ")}`);

mkdirSync(join(siteFolder, "pdf"), { recursive: true });
await using site = await serveSite(build);
const browser = await openBrowser();
try {
  for (const [name, own] of guides) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    const { pdf, sheets } = await printGuide(browser, site.url, own);
    writeFileSync(join(siteFolder, `pdf/${name}.pdf`), pdf);
    console.log(`pdf/${name}.pdf: ${sheets} pages, from ${own.length} of the site`);
  }
} finally {
  await browser.close();
}
