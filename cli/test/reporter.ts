import { writeFileSync } from "node:fs";
import type { Reporter, SerializedError, TestCase, TestModule } from "vitest/node";
import type { Counts, Failure, Skip } from "./counts.ts";
import { statedReason } from "./stated-reason.ts";

/**
 * vitest's results as one JSON file ($GOLIVE_TEST_REPORT), with the reasons of skipped tests, which its own JSON reporter leaves out.
 * Errors outside of tests (a file that does not load, a promise nobody awaited) are failures like any other.
 */
export default class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const failed: Failure[] = unhandled.map((error) => ({
      test: "(outside of tests)",
      file: "",
      message: error.message,
    }));
    const skipped: Skip[] = [];
    let passed = 0;
    for (const module of modules) {
      const file = module.relativeModuleId;
      for (const error of module.errors()) failed.push({ test: "(the file itself)", file, message: error.message });
      for (const suite of module.children.allSuites()) {
        for (const error of suite.errors()) failed.push({ test: suite.fullName, file, message: error.message });
      }
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === "passed") passed += 1;
        else if (result.state === "failed") failed.push({ test: test.fullName, file, message: messageOf(test) });
        else
          skipped.push({
            test: test.fullName,
            file,
            reason: result.state === "skipped" ? (result.note ?? statedReason(test.fullName)) : "did not run",
          });
      }
    }
    const path = process.env.GOLIVE_TEST_REPORT;
    if (path) writeFileSync(path, JSON.stringify({ passed, failed, skipped } satisfies Counts));
  }
}

function messageOf(test: TestCase): string {
  return (test.result().errors ?? [])
    .map(({ message, stacks }) =>
      [message, ...(stacks?.[0] ? [`at ${stacks[0].file}:${stacks[0].line}`] : [])].join("\n"),
    )
    .join("\n");
}
