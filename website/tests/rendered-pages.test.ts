import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { checkRendered } from "../build-steps/rendered-pages.ts";

const folder = mkdtempSync(join(tmpdir(), "golive-rendered-pages-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const page = (path: string, html: string) => {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), html);
};

test("pages with content and redirects pass; a page whose rendering failed stops the build and is named", async () => {
  page("index.html", '<body><main class="x">Start here</main></body>');
  page("old/index.html", '<meta http-equiv="refresh" content="0; url=/new/">');
  await expect(checkRendered(folder)).resolves.toBeUndefined();
  page("alerts/gateway-down/index.html", "<body><div>ReferenceError: exports is not defined</div></body>");
  await expect(checkRendered(folder)).rejects.toThrow("pages without content: alerts/gateway-down/index.html");
});
