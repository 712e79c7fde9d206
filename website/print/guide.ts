import type { Browser, Page } from "playwright-core";
import { type Part, sheetsOf, withinOneDocument } from "./document.ts";

export interface GuidePage {
  readonly path: string;
  readonly file: string;
  readonly title: string;
}

/** A guide is a folder; its first page is the folder's own, whose title is the guide's. Cards are a sheet each, by their own print. */
export function guidesOf(pages: readonly GuidePage[]): Map<string, GuidePage[]> {
  const inFolders = pages.filter(({ file }) => file.includes("/") && !file.startsWith("cards/"));
  return Map.groupBy(inFolders, ({ file }) => file.split("/")[0] ?? "");
}

export interface PrintedGuide {
  readonly pdf: Buffer;
  readonly sheets: number;
}

/** Cover, contents, and each page from a sheet of its own; links between them stay in the document. */
export async function printGuide(browser: Browser, url: string, pages: readonly GuidePage[]): Promise<PrintedGuide> {
  const context = await browser.newContext({ colorScheme: "light", serviceWorkers: "block" });
  try {
    const page = await context.newPage();
    const parts: Part[] = [];
    for (const { path, title } of pages) {
      await page.goto(`${url}${path}`);
      await settled(page);
      parts.push({ path, title, html: await page.locator(".theme-doc-markdown").evaluate((text) => text.outerHTML) });
    }
    // The last page stays as the frame: it has the site's styles.
    const document = withinOneDocument(parts);
    await page.evaluate(
      ({ html, title }) => {
        const frame = window.document.createElement("main");
        frame.className = "printed-guide";
        // Of this site's own pages.
        frame.innerHTML = html;
        window.document.body.replaceChildren(frame);
        window.document.title = title;
      },
      { html: document, title: parts[0]?.title ?? "" },
    );
    const pdf = await page.pdf({
      preferCSSPageSize: true,
      displayHeaderFooter: true,
      headerTemplate: "<span></span>",
      footerTemplate:
        '<div style="width:100%;padding:0 15mm;font:8px sans-serif;color:#444;display:flex;justify-content:space-between"><span class="title"></span><span class="pageNumber"></span></div>',
      outline: true,
      tagged: true,
    });
    return { pdf, sheets: sheetsOf(pdf) };
  } finally {
    await context.close();
  }
}

/** Diagrams are drawn by the browser, after the page has loaded. */
async function settled(page: Page): Promise<void> {
  await page.waitForSelector("html[data-has-hydrated=true]");
  await page.waitForFunction(() =>
    [...document.querySelectorAll(".docusaurus-mermaid-container")].every(
      (diagram) => diagram.querySelector("svg") !== null,
    ),
  );
}
