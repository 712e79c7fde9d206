import type { CommandResult } from "./run-fence.ts";
import type { PageResult } from "./run-page.ts";

export interface RunCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Share of all commands that were run, 0–1. */
  readonly executed: number;
}

export function countsOf(pages: readonly PageResult[]): RunCounts {
  const all = pages.flatMap(({ results }) => results);
  const count = (state: CommandResult["state"]) => all.filter((result) => result.state === state).length;
  const skipped = count("skipped");
  return {
    passed: count("passed"),
    failed: count("failed"),
    skipped,
    executed: all.length === 0 ? 1 : (all.length - skipped) / all.length,
  };
}

/** One line a page, for the log while it runs. No colon: behind a slug that ends in `secret` a value would be taken for one. */
export function pageLine({ slug, results, seconds }: PageResult): string {
  const { passed, failed, skipped } = countsOf([{ path: "", slug, results, seconds }]);
  const skips = skipped > 0 ? `, ${skipped} skipped` : "";
  return `${failed > 0 ? "FAIL" : "ok  "}  ${slug || "(start)"}  ${passed} passed, ${failed} failed${skips} (${seconds.toFixed(1)} s)`;
}

/** Failures with file and line, then the line that programs read. */
export function runText(pages: readonly PageResult[]): string {
  const failures = pages.flatMap(({ path, results }) =>
    results.filter(({ state }) => state === "failed").map((result) => failure(path, result)),
  );
  const skips = pages.flatMap(({ path, results }) =>
    results.filter(({ state }) => state === "skipped").map(({ line, why }) => `  ${path}:${line}: ${why}`),
  );
  const { passed, failed, skipped } = countsOf(pages);
  return [
    ...failures,
    ...(skips.length > 0 ? [`Skipped:\n${skips.join("\n")}`] : []),
    `${passed} passed, ${failed} failed, ${skipped} skipped`,
  ].join("\n\n");
}

function failure(path: string, { line, command, why, output }: CommandResult): string {
  const indented = (text: string, mark: string) => text.replace(/^/gm, mark);
  return [
    `${path}:${line}: ${why}`,
    indented(command, "    "),
    ...(output === undefined ? [] : [indented(output === "" ? "(no output)" : output, "  | ")]),
  ].join("\n");
}
