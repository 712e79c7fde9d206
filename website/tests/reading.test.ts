import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openBrowser } from "../print/chromium.ts";
import { type ServedSite, serveSite } from "../server/served-site.ts";
import type { Status } from "../server/status.ts";
import { missingForBrowser } from "../testing/browser.ts";
import { buildLimitMs, builtSite } from "../testing/site-build.ts";

/** What a reader sees of it: neither what is hidden, nor what is folded. */
// biome-ignore lint/performance/useDomNodeTextContent: textContent has what is hidden as well
const seen = (part: Locator): Promise<string> => part.innerText();

/** A machine that does much else needs longer than Vitest's second. */
const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });

const missing = missingForBrowser();
const phone = { width: 390, height: 844 };
const desk = { width: 1280, height: 900 };

const pageTypes = {
  home: "/",
  guide: "/backup/restore/",
  alert: "/alerts/postgres-down/",
  catalogue: "/alerts/",
  card: "/cards/postgres-down/",
  search: "/search/?q=postgres",
  "not found": "/nowhere/",
} as const;

describe.skipIf(missing !== undefined)(`reading the site${missing ? `: ${missing}` : ""}`, () => {
  let folder = "";
  let browser: Browser;
  let site: ServedSite;
  let status: Status | undefined;
  const opened: BrowserContext[] = [];
  beforeAll(async () => {
    folder = await builtSite();
    browser = await openBrowser();
    site = await serveSite(folder, async () => status);
  }, buildLimitMs);
  afterEach(async () => {
    status = undefined;
    for (const context of opened.splice(0)) await context.close();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.stop();
  });

  interface Visit {
    readonly page: Page;
    /** What a reader would find in the console, and requests that leave the site. */
    readonly complaints: string[];
  }

  /** Without the offline copy, unless a test is about it: the next page must come from the server. */
  async function visit(path: string, options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await browser.newContext({ viewport: desk, serviceWorkers: "block", ...options });
    opened.push(context);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol.startsWith("http") && origin !== site.url) complaints.push(`asked ${request.url()}`);
    });
    await page.goto(site.url + path);
    if (options.javaScriptEnabled !== false) await page.waitForSelector("html[data-has-hydrated=true]");
    return { page, complaints };
  }

  async function obstacles(page: Page): Promise<string[]> {
    const { AxeBuilder } = await import("@axe-core/playwright");
    const { violations } = await new AxeBuilder({ page }).analyze();
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)}`));
  }

  const widest = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth);
  const choose = (page: Page, name: string) => page.getByLabel("Commands for").selectOption(name);

  for (const colorScheme of ["light", "dark"] as const)
    for (const viewport of [phone, desk])
      it.each(Object.entries(pageTypes))(
        `nothing keeps anybody from reading: %s, ${colorScheme}, ${viewport.width} px`,
        async (name, path) => {
          const { page, complaints } = await visit(path, { colorScheme, viewport, reducedMotion: "reduce" });
          if (name === "alert") await page.waitForSelector(".docusaurus-mermaid-container svg");
          if (name === "search") await page.waitForSelector("main article");
          expect(await obstacles(page)).toEqual([]);
          expect(await widest(page)).toBeLessThanOrEqual(viewport.width);
          // The page of an address that is not there is itself answered with 404, which Chromium tells; so is the unknown status.
          const known = /the server responded with a status of (404|503)/;
          expect(complaints.filter((complaint) => !known.test(complaint))).toEqual([]);
        },
      );

  it("works in production's colours as well", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page } = await visit("/alerts/postgres-down/?env=production", { colorScheme });
      await page.waitForSelector("html[data-environment=production]");
      expect(await obstacles(page)).toEqual([]);
    }
  });

  it("finds a page within half a second, without asking anybody", async () => {
    const { page, complaints } = await visit("/");
    const field = page.getByPlaceholder("Search");
    await field.focus();
    const begun = performance.now();
    await field.fill("volume");
    await page.waitForSelector("[class*=suggestion]");
    expect(performance.now() - begun).toBeLessThan(500);
    await page.getByText("No volume").first().click();
    await page.waitForURL(/\/alerts\/postgres-down\/.*#no-volume/);
    expect(complaints.filter((complaint) => complaint.startsWith("asked"))).toEqual([]);
  });

  it("shows, and copies, the commands of the environment that was chosen", async () => {
    const { page } = await visit("/", { permissions: ["clipboard-read", "clipboard-write"] });
    const block = page.locator(".command").first();
    expect(await seen(block)).toContain("./golive status local");
    await choose(page, "staging");
    expect(await seen(block)).toMatch(/staging[\s\S]*\.\/golive status staging/);
    await block.hover();
    await block.getByRole("button", { name: "Copy" }).click();
    await eventually(() => page.evaluate(() => navigator.clipboard.readText())).toBe("./golive status staging");
    expect(await page.getByRole("link", { name: /jaeger/ }).getAttribute("href")).toBe(
      "https://jaeger.staging.example.com/search?service=gateway",
    );
  });

  it("keeps the environment from page to page and for the next visit, but production for the tab alone", async () => {
    const { page } = await visit("/?env=production");
    const shown = (of: Page) => seen(of.locator(".command-bar__environment").first());
    await eventually(() => shown(page)).toBe("production");
    expect(await page.locator("html").getAttribute("data-environment")).toBe("production");
    await page.getByRole("link", { name: "Restore", exact: true }).first().click();
    await page.waitForURL(/\/backup\/restore\//);
    expect(await shown(page)).toBe("production");
    await page.reload();
    await eventually(() => shown(page)).toBe("production");

    const other = await page.context().newPage();
    await other.goto(`${site.url}/`);
    await other.waitForSelector("html[data-has-hydrated=true]");
    expect(await shown(other)).toBe("local");
    await choose(other, "staging");
    const third = await page.context().newPage();
    await third.goto(`${site.url}/`);
    await eventually(() => shown(third)).toBe("staging");
  });

  it("marks production in red", async () => {
    const { page } = await visit("/?env=production", { colorScheme: "light" });
    const colour = () =>
      page
        .locator(".command-bar__environment")
        .first()
        .evaluate((element) => getComputedStyle(element).backgroundColor);
    await eventually(colour).toBe("rgb(179, 22, 31)");
  });

  it("says unknown until the platform has told its state, and then the state", async () => {
    const { page } = await visit("/backup/");
    const cards = page.locator(".status-cards");
    expect(await seen(cards)).toMatch(/backup\s*unknown\s*Last drill\s*unknown\s*Alerts\s*unknown/);
    const hours = (count: number) => new Date(Date.now() - count * 3_600_000).toISOString();
    status = {
      at: hours(0),
      lastProvenBackup: { database: "app", at: hours(5), late: false },
      lastDrill: { database: "app", plane: "dump", outcome: "failed", at: null },
      firing: [{ name: "PostgresDown", severity: "page", slug: "postgres-down" }],
    };
    await page.reload();
    await eventually(() => seen(cards)).toMatch(/5 hours ago[\s\S]*failed[\s\S]*PostgresDown/);
    await cards.getByRole("link", { name: "PostgresDown" }).click();
    await page.waitForURL(/\/alerts\/postgres-down\//);
  });

  it("is readable without JavaScript: text, commands, and the twin of a diagram", async () => {
    const { page } = await visit("/alerts/postgres-down/", { javaScriptEnabled: false });
    const shown = await seen(page.locator("main"));
    for (const part of [
      "No instance of the database answers.",
      "./golive kubectl --stack local get pods",
      "Does a pod run?",
    ])
      expect(shown).toContain(part);
    await page.locator("summary").first().click();
    expect(await seen(page.locator("details").first())).toContain("It waits: no volume.");
    expect(await page.getByLabel("Commands for").isVisible()).toBe(false);
  });

  it("prints the page alone, with what is folded, in ink", async () => {
    const { page } = await visit("/alerts/postgres-down/", { colorScheme: "dark" });
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    for (const hidden of [".navbar", ".theme-doc-sidebar-container", ".theme-doc-breadcrumbs", ".pagination-nav"])
      expect(await page.locator(hidden).first().isVisible(), hidden).toBe(false);
    expect(await page.getByText("It waits:").isVisible()).toBe(true);
    expect(await page.evaluate(() => getComputedStyle(document.body).color)).toBe("rgb(0, 0, 0)");
  });

  it("fits a card on one screen of a phone and on one sheet", async () => {
    const { page } = await visit("/cards/postgres-down/", { viewport: phone });
    expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThanOrEqual(phone.height);
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
    expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
  });

  it("follows a redirect with the environment and the anchor", async () => {
    const { page } = await visit("/restore/?env=staging#one-table");
    await page.waitForURL(/\/backup\/restore\/\?env=staging#one-table$/);
    expect(new URL(page.url()).origin).toBe(site.url);
  });

  it("stays readable, with its search, when the server is gone", async () => {
    const dying = await serveSite(folder);
    const context = await browser.newContext({ viewport: phone });
    opened.push(context);
    const page = await context.newPage();
    await page.goto(`${dying.url}/`);
    await page.evaluate(async () => {
      const { active } = await navigator.serviceWorker.ready;
      // "Ready" is before the copy takes over.
      await new Promise<void>((resolve) => {
        if (active?.state === "activated") resolve();
        active?.addEventListener("statechange", () => active.state === "activated" && resolve());
      });
    });
    await dying.stop();

    await page.goto(`${dying.url}/alerts/postgres-down/?env=staging`);
    await eventually(() => seen(page.locator("main"))).toContain("./golive kubectl --stack staging get pods");
    await page.waitForSelector(".docusaurus-mermaid-container svg");
    await page.goto(`${dying.url}/search/?q=volume`);
    await eventually(() => seen(page.locator("main"))).toContain("No volume");
    // An address as people type it, and one that never was.
    await page.goto(`${dying.url}/backup/restore`);
    await eventually(() => seen(page.locator("main"))).toContain("Take the smallest restore");
    await page.goto(`${dying.url}/nowhere/`);
    await eventually(() => seen(page.locator("main"))).toContain("There is no such page");
    await page.goto(`${dying.url}/`);
    await eventually(() => seen(page.locator(".status-cards"))).toContain("unknown");
  });
});
