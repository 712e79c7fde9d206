import { join } from "node:path";
import { readPages } from "@golive/cli/runbook/pages.ts";
import { commandsOf } from "@golive/cli/runbook/run-page.ts";
import { beforeAll, describe, expect, test } from "vitest";
import { golive, stack } from "./golive.ts";

/** Every command of the runbooks, page by page, on a new platform. A page leaves the platform as it found it for the next one. */

interface Run {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly pages: readonly { readonly path: string; readonly results: readonly CommandResult[] }[];
}

interface CommandResult {
  readonly line: number;
  readonly command: string;
  readonly state: "passed" | "failed" | "skipped";
  readonly why?: string;
  readonly output?: string;
}

const pages = readPages(join(import.meta.dirname, "../..")).filter((page) => commandsOf(page).length > 0);
const total = { run: 0, skipped: 0 };
/** The slowest page restores more than once. */
const pageLimitMs = 1_800_000;

beforeAll(async () => {
  const up = await golive(["up", stack]);
  expect(up.exit, `${up.stdout}\n${up.stderr}`).toBe(0);
}, 1_800_000);

describe("every command of a page does what the page says", () => {
  test.each(pages.map(({ slug }) => slug || "/"))(
    "%s",
    async (slug) => {
      const args = ["runbook", "run", slug, "--stack", stack, "--yes", "--json"];
      const ended = await golive(args, { timeoutMs: pageLimitMs });
      expect([0, 9], ended.stderr).toContain(ended.exit);
      const run = JSON.parse(ended.stdout) as Run;
      total.run += run.passed + run.failed;
      total.skipped += run.skipped;
      expect(run.pages).toHaveLength(1);
      expect(run.pages.flatMap(failures)).toEqual([]);
    },
    pageLimitMs + 60_000,
  );
});

test("at least 95 of 100 commands were run", () => {
  expect(total.run).toBeGreaterThan(0);
  expect(total.run / (total.run + total.skipped)).toBeGreaterThanOrEqual(0.95);
});

test("the platform is as well as before", async () => {
  const { exit, stdout, stderr } = await golive(["status", stack]);
  expect(exit, `${stdout}\n${stderr}`).toBe(0);
});

/** As a person reads them. */
function failures({ path, results }: Run["pages"][number]): string[] {
  return results
    .filter(({ state }) => state === "failed")
    .map(({ line, command, why, output = "" }) => `${path}:${line}: ${why}\n${command}\n${output}`);
}
