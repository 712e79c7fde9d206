import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { inlineScriptHashes } from "../build-steps/inline-scripts.ts";
import { redirects } from "../redirects.ts";
import { scriptHashes } from "../server/script-hashes.ts";
import { readSite } from "../server/site-files.ts";
import { buildLimitMs, buildSite, builtSite, missingForBuild, pagesOfTests } from "../testing/site-build.ts";

const missing = missingForBuild();

describe.skipIf(missing !== undefined)(`the built site${missing ? `: ${missing}` : ""}`, () => {
  let site = "";
  beforeAll(async () => {
    site = await builtSite();
  }, buildLimitMs);
  const read = (path: string) => readFileSync(join(site, path), "utf8");
  const page = (path: string) => read(`${path}/index.html`);

  it("shows the local environment to whoever has no JavaScript", () => {
    expect(text(page("."))).toContain("./golive status local");
    expect(page(".")).toContain("http://localhost:16686/search?service=gateway");
    expect(page(".")).not.toContain("{{stack}}");
  });

  it("never serves production's values in a page", () => {
    for (const path of [".", "alerts/postgres-down", "tracing"])
      expect(page(path)).not.toContain("gateway.example.com");
  });

  it("keeps text that MDX would break, in the page and in its copy", () => {
    const shown = text(page("sentry"));
    const copy = read("sentry.md");
    for (const kept of [
      "{no one/a team}",
      "<port>",
      "a<b",
      "{{ $labels.db }}",
      'import x from "y"',
      "https://example.com/x",
    ]) {
      expect(shown).toContain(kept);
      expect(copy).toContain(kept);
    }
    expect(copy).toContain("<!-- c -->");
    expect(page("sentry")).toMatch(/id="?same-name[" >]/);
    expect(page("sentry")).toMatch(/id="?same-name-1[" >]/);
  });

  it("says whose a page is, of which kind, and when its commands last passed", () => {
    expect(text(page("."))).toMatch(/reference\s*owner: platform\s*commands passed 2026-11-24/);
    expect(text(page("."))).not.toContain("text changed since");
    expect(text(page("alerts/postgres-down"))).toContain("commands passed 2026-11-20, text changed since");
    expect(text(page("backup"))).toContain("commands: not run yet");
    expect(text(page("tracing"))).not.toContain("commands");
  });

  it("shows what a command is expected to print, as it was written, and never the words meant for the runner", () => {
    const shown = text(page("alerts/postgres-down"));
    expect(shown).toContain('expected: "status":\\s?"(ok|degraded)"');
    expect(shown).toContain("not tested automatically: it would stop the database of the tests");
    expect(page("alerts/postgres-down")).toContain("data-danger");
    expect(text(page("backup"))).not.toContain("limit=");
  });

  it("puts the facts of an alert into one card", () => {
    expect(page("alerts/postgres-down")).toMatch(/<section class="?fact-card"?[^>]*aria-label="?Facts"?/);
    expect(page("alerts/backup-not-proven")).not.toContain("fact-card");
  });

  it("has a card without a sidebar, that is found in the sidebar of the others", () => {
    expect(page("cards/postgres-down")).not.toContain("theme-doc-sidebar-container");
    expect(page("backup")).toContain("/cards/postgres-down/");
  });

  it("lists every page for machines, in the order of the sidebar, with links that lead to copies", () => {
    const links = [...read("llms.txt").matchAll(/\]\((\/[^)]*)\)/g)].map(([, path]) => path);
    expect(links).toEqual([
      "/index.md",
      "/alerts.md",
      "/alerts/postgres-down.md",
      "/alerts/backup-not-proven.md",
      "/backup.md",
      "/backup/restore.md",
      "/sentry.md",
      "/tracing.md",
      "/cards/postgres-down.md",
    ]);
    const files = readSite(site);
    for (const link of links) expect(files.has(String(link))).toBe(true);
    expect(read("backup/restore.md")).toContain("](/alerts/backup-not-proven.md)");
    expect(read("llms-full.txt")).toContain("Two planes protect the database");
  });

  it("names the source of each page in the link to edit it", () => {
    expect(page("backup/restore")).toContain("https://example.com/platform/edit/main/runbooks/backup/restore/index.md");
  });

  it("leads every redirect to a page, with and without JavaScript", () => {
    const files = readSite(site);
    for (const { from, to } of redirects) {
      expect(files.has(to === "/" ? "/" : `${to}/`), to).toBe(true);
      const html = page(from);
      expect(html).toContain('<script src="/redirect.js">');
      expect(html).toContain(`http-equiv="refresh" content="0; url=${to === "/" ? "/" : `${to}/`}"`);
    }
  });

  it("holds no script of its own that the policy does not name", () => {
    const pages = [...readSite(site).keys()].filter((path) => path.endsWith("/") || path.endsWith(".html"));
    expect(pages.length).toBeGreaterThan(10);
    const found = new Set(
      pages.flatMap((path) => inlineScriptHashes(read(path.endsWith("/") ? `${path}index.html` : path))),
    );
    expect([...found]).toEqual([...scriptHashes]);
  });

  it("has an index that knows the words of the pages", () => {
    const [index] = [...readSite(site).keys()].filter((path) => path.startsWith("/search-index"));
    expect(read(String(index))).toContain("volum");
  });

  it.each([
    ["a link to a page, or an image, that is not there", "[x](nowhere.md)\n\n![x](nowhere.png)"],
    ["a link to an anchor that is not there", "[x](#nowhere)"],
  ])(
    "is not built with %s",
    async (_, lines) => {
      const folder = mkdtempSync(join(tmpdir(), "pages-"));
      try {
        cpSync(pagesOfTests, folder, { recursive: true });
        appendFileSync(join(folder, "tracing/index.md"), `\n${lines}\n`);
        const told = await buildSite(folder, join(folder, "out")).then(
          () => "nothing: the build went through",
          (error: { stdout: string; stderr: string }) => error.stdout + error.stderr,
        );
        expect(told).toContain("tracing");
        expect(told).toContain("nowhere");
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    buildLimitMs,
  );
});

/** What a page says, without its tags. */
function text(html: string): string {
  return html
    .replace(/<(script|style)[\s\S]*?<\/\1>/g, "")
    .replace(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#x27;", "'")
    .replaceAll("&amp;", "&");
}
