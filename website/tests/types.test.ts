import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { siteFolder } from "../site.ts";

const compiler = join(siteFolder, "node_modules/typescript/bin/tsc");
const title = existsSync(compiler)
  ? "the site's own types hold"
  : "the site's own types hold (skipped: run npm ci in website/)";

test.skipIf(!existsSync(compiler))(title, { timeout: 180_000 }, async () => {
  const run = promisify(execFile)(process.execPath, [compiler, "--noEmit", "-p", siteFolder]);
  expect(
    await run.then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    ),
  ).toBe("");
});
