import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { World } from "../core/world.ts";
import { type Counts, none } from "./counts.ts";

/** One thing that `golive test` does: it always ends in counts, never in an exception of its own making. */
export interface Check {
  readonly title: string;
  run(report: (line: string) => void): Promise<Counts>;
}

/** A program whose exit status is the verdict: lint, types. Its last lines are the failure's message. */
export function program(world: World, title: string, script: string, args: readonly string[]): Check {
  return {
    title,
    async run() {
      const said: string[] = [];
      const ended = await world.spawn(process.execPath, [join(world.places.repo, script), ...args], {
        cwd: world.places.repo,
        env: { NO_COLOR: "1" },
        output: (line) => said.push(line),
      });
      world.signal.throwIfAborted();
      if (ended.code === 0) return { ...none, passed: 1 };
      return { ...none, failed: [{ test: title, file: "", message: said.slice(-40).join("\n") }] };
    },
  };
}

const vitest = "node_modules/vitest/vitest.mjs";
const reporter = "cli/test/reporter.ts";

/** A run of vitest over some files; no files named: all that its configuration includes. */
export function tests(
  world: World,
  title: string,
  options: { config?: string; files?: readonly string[]; env?: Record<string, string> },
): Check {
  return {
    title,
    async run(report) {
      const folder = mkdtempSync(join(tmpdir(), "golive-test-"));
      const results = join(folder, "results.json");
      const said: string[] = [];
      try {
        const ended = await world.spawn(
          process.execPath,
          [
            join(world.places.repo, vitest),
            "run",
            "--reporter",
            join(world.places.repo, reporter),
            ...(options.config ? ["--config", join(world.places.repo, options.config)] : []),
            ...(options.files ?? []),
          ],
          {
            cwd: world.places.repo,
            env: { NO_COLOR: "1", GOLIVE_TEST_REPORT: results, ...options.env },
            output: (line) => {
              said.push(line);
              if (line.trim() !== "") report(line.trim().slice(0, 160));
            },
          },
        );
        world.signal.throwIfAborted();
        return verdict(title, readCounts(results), ended.code, said);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

function readCounts(path: string): Counts | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Counts;
  } catch {
    return undefined;
  }
}

/** Green only when tests ran and vitest agrees: no report, no tests, or an exit status without a failure are failures too. */
export function verdict(
  title: string,
  counts: Counts | undefined,
  exit: number | null,
  said: readonly string[],
): Counts {
  const tail = said.slice(-40).join("\n");
  if (!counts)
    return { ...none, failed: [{ test: title, file: "", message: `vitest ended (${exit}) without results\n${tail}` }] };
  const ran = counts.passed + counts.failed.length + counts.skipped.length;
  if (ran === 0) return { ...none, failed: [{ test: title, file: "", message: `no tests were found\n${tail}` }] };
  if (exit !== 0 && counts.failed.length === 0)
    return { ...counts, failed: [{ test: title, file: "", message: `vitest ended with ${exit}\n${tail}` }] };
  return counts;
}

/** End-to-end files in the order of their names: 01-up.test.ts first. */
export function endToEndFiles(repo: string): string[] {
  return globSync("tests/e2e/**/*.test.ts", { cwd: repo }).sort();
}
