import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findingsIn } from "./check.ts";
import { rules } from "./lint.ts";
import { subjectOf } from "./subject.ts";

/** The pages of this repository. `golive runbook check` says the same. */
const repo = join(import.meta.dirname, "../..");
const subject = await subjectOf(repo);

describe("the runbooks", () => {
  test.each(Object.entries(rules))("%s", (_name, rule) => {
    expect(rule(subject).map(({ file, line, message }) => `runbooks/${file}:${line}: ${message}`)).toEqual([]);
  });

  test("what is generated is as the data say", async () => {
    const stale = (await findingsIn(repo)).filter(({ message }) => message.includes("golive runbook generate"));
    expect(stale).toEqual([]);
  });
});
