import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readPages } from "@golive/cli/runbook/pages.ts";
import { commandsOf } from "@golive/cli/runbook/run-page.ts";
import { commandsHash } from "@golive/cli/runbook/stamp.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { golive, kubectl, prefix, stack } from "./golive.ts";

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
  // What tests before these broke still fires alerts, which the pages say are silent.
  if ((await kubectl(["get", "namespace", `${prefix}-app`], { reject: false })).exit === 0) {
    const gone = await golive(["destroy", stack, "--yes"]);
    expect(gone.exit, `${gone.stdout}\n${gone.stderr}`).toBe(0);
  }
  const up = await golive(["up", stack]);
  expect(up.exit, `${up.stdout}\n${up.stderr}`).toBe(0);
}, 1_800_000);

/** Verbs that hold a lock, keep the store or the database busy, or change what other pages look at. */
const busy =
  /golive (backup (run|verify|prune|hold|release|accept)|drill|restore|undo|alerts fire|up|preview|drift|test)\b/;
const isCalm = (page: (typeof pages)[number]) =>
  commandsOf(page).every(({ code, meta }) => !meta.danger && !busy.test(code));

const runs = (slug: string) => async () => {
  const args = ["runbook", "run", slug || "/", "--stack", stack, "--yes", "--json"];
  const ended = await golive(args, { timeoutMs: pageLimitMs });
  expect([0, 9], ended.stderr).toContain(ended.exit);
  const run = JSON.parse(ended.stdout) as Run;
  total.run += run.passed + run.failed;
  total.skipped += run.skipped;
  expect(run.pages).toHaveLength(1);
  const failed = run.pages.flatMap(failures);
  if (failed.length > 0) throw new Error(failed.join("\n\n"));
  green.add(slug);
};

/** `GOLIVE_STAMP=1`: what passed goes into `runbooks/passed.json`, by which the site says how fresh a page is. */
const green = new Set<string>();
afterAll(() => {
  if (!process.env.GOLIVE_STAMP) return;
  const file = join(import.meta.dirname, "../../runbooks/passed.json");
  const stamps = pages
    .filter(({ slug }) => green.has(slug))
    .map((page) => [page.file, { at: new Date().toISOString(), commands: commandsHash(page) }] as const);
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(stamps), undefined, 2)}\n`);
});

describe("every command of a page does what the page says", () => {
  describe("pages that look, a few at once", { concurrent: true }, () => {
    for (const page of pages.filter(isCalm)) test(page.slug || "/", { timeout: pageLimitMs }, runs(page.slug));
  });
  describe("pages that act, one after the other", () => {
    for (const page of pages.filter((page) => !isCalm(page)))
      test(page.slug || "/", { timeout: pageLimitMs }, runs(page.slug));
  });
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
