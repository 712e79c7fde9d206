import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBrowser } from "../print/chromium.ts";
import { withinOneDocument } from "../print/document.ts";
import { guidesOf, printGuide } from "../print/guide.ts";
import { serveSite } from "../server/served-site.ts";
import { missingForBrowser } from "../testing/browser.ts";
import { buildLimitMs, builtSite } from "../testing/site-build.ts";

describe("a guide as one document", () => {
  const parts = [
    {
      path: "/backup/",
      title: "Backup & restore",
      html: '<h2 id="a">A</h2><a href="/backup/restore/#b">b</a><a href="#a">a</a><a href="/sentry/">s</a>',
    },
    {
      path: "/backup/restore/",
      title: "Restore",
      html: '<h2 id="b">B</h2><svg id="m"><style>#m{}</style></svg><a href="/backup">up</a>',
    },
  ];

  it("keeps anchors of different pages apart, and links between them inside", () => {
    const html = withinOneDocument(parts);
    expect(html).toContain('<h2 id="part-backup--a">');
    expect(html).toContain('<a href="#part-backup-restore--b">');
    expect(html).toContain('<a href="#part-backup--a">');
    expect(html).toContain('<a href="#part-backup">up');
    expect(html).toContain('<a href="/sentry/">');
    expect(html).toContain('<svg id="m"><style>#m{}</style></svg>');
  });

  it("begins with its contents", () => {
    expect(withinOneDocument(parts)).toMatch(
      /Backup &amp; restore[\s\S]*Contents[\s\S]*#part-backup-restore">Restore<[\s\S]*<section class="printed-part"/,
    );
  });

  it("is made of a folder's pages; cards are none", () => {
    const page = (file: string) => ({ file, path: "/", title: file });
    const guides = guidesOf(["index.md", "backup/index.md", "backup/restore/index.md", "cards/a.md"].map(page));
    expect([...guides].map(([name, pages]) => [name, pages.length])).toEqual([["backup", 2]]);
  });
});

const missing = missingForBrowser();

describe.skipIf(missing !== undefined)(`a printed guide${missing ? `: ${missing}` : ""}`, () => {
  let folder = "";
  let browser: Browser;
  beforeAll(async () => {
    folder = await builtSite();
    browser = await openBrowser();
  }, buildLimitMs);
  afterAll(() => browser?.close());

  it("has a cover and every page of its folder", async () => {
    await using site = await serveSite(folder);
    const alerts = guidesOf(JSON.parse(readFileSync(join(folder, "pages.json"), "utf8"))).get("alerts") ?? [];
    expect(alerts).toHaveLength(3);
    const { pdf, sheets } = await printGuide(browser, site.url, alerts);
    expect(sheets).toBeGreaterThanOrEqual(1 + alerts.length);
    expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
  }, 120_000);
});
