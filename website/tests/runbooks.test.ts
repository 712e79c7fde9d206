import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { environmentsFile } from "../plugins/environments.ts";
import { openBrowser } from "../print/chromium.ts";
import { type GuidePage, guidesOf, printGuide } from "../print/guide.ts";
import { type ServedSite, serveSite } from "../server/served-site.ts";
import { siteFolder } from "../site.ts";
import { missingForBrowser } from "../testing/browser.ts";
import { buildLimitMs, builtSite } from "../testing/site-build.ts";

const runbooks = resolve(siteFolder, "../runbooks");
const missing =
  missingForBrowser() ?? (existsSync(environmentsFile(runbooks)) ? undefined : "runbooks/environments.json is missing");
const phone = { width: 390, height: 844 };
const allPagesMs = 600_000;

/** The pages of this repository, each as a phone shows it. What they say is tested beside them. */
describe.skipIf(missing !== undefined)(`the runbooks${missing ? `: ${missing}` : ""}`, () => {
  let browser: Browser;
  let site: ServedSite;
  let pages: readonly GuidePage[] = [];
  beforeAll(async () => {
    const folder = await builtSite(runbooks);
    pages = JSON.parse(readFileSync(join(folder, "pages.json"), "utf8"));
    browser = await openBrowser();
    site = await serveSite(folder);
  }, buildLimitMs);
  afterAll(async () => {
    await browser?.close();
    await site?.stop();
  });

  const reader = () => browser.newContext({ viewport: phone, serviceWorkers: "block" });

  /** @param context a reader who has been here before: what has been fetched is kept */
  async function open(path: string, context?: BrowserContext): Promise<{ page: Page; complaints: string[] }> {
    context ??= await reader();
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(`${path}: ${error.message}`));
    page.on("console", (message) => {
      // Without Prometheus the status is unknown, which is an answer of its own.
      if (message.type() === "error" && !/503/.test(message.text())) complaints.push(`${path}: ${message.text()}`);
    });
    await page.goto(site.url + path);
    await page.waitForSelector("html[data-has-hydrated=true]");
    return { page, complaints };
  }

  it(
    "are as wide as the screen, and draw every diagram",
    async () => {
      const found: string[] = [];
      const context = await reader();
      for (const { path } of pages) {
        const { page, complaints } = await open(path, context);
        for (const diagram of await page.locator(".docusaurus-mermaid-container").all()) {
          const drawn = diagram.locator("svg").waitFor({ state: "attached", timeout: 15_000 });
          await drawn.catch(() => complaints.push(`${path}: a diagram is not drawn`));
        }
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        if (width > phone.width) complaints.push(`${path}: ${width} px wide`);
        found.push(...complaints);
        await page.close();
      }
      await context.close();
      expect(found).toEqual([]);
    },
    allPagesMs,
  );

  it("have cards of one screen and one sheet", async () => {
    const cards = pages.filter(({ path }) => path.startsWith("/cards/"));
    expect(cards.length).toBeGreaterThan(0);
    for (const { path } of cards) {
      const { page } = await open(path);
      expect(await page.evaluate(() => document.documentElement.scrollHeight), path).toBeLessThanOrEqual(phone.height);
      const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
      expect(pdf.match(/\/Type\s*\/Page\b/g), path).toHaveLength(1);
      await page.context().close();
    }
  }, 120_000);

  it("are searched within half a second", async () => {
    const { page } = await open("/");
    const field = page.getByPlaceholder("Search");
    // The index is fetched when the field is entered.
    await field.focus();
    await field.fill("postgres");
    await page.waitForSelector("[class*=suggestion]");
    const begun = performance.now();
    await field.fill("restore one table");
    await page.waitForSelector("[class*=suggestion] mark");
    expect(performance.now() - begun).toBeLessThan(500);
    await page.context().close();
  }, 60_000);

  it("print a backup guide of at least forty pages", async () => {
    const { sheets } = await printGuide(browser, site.url, guidesOf(pages).get("backup") ?? []);
    expect(sheets).toBeGreaterThanOrEqual(40);
  }, 300_000);
});
