import { expect, test } from "vitest";
import { statedReason } from "./stated-reason.ts";

test("the reason stands in the title of a group or of a test", () => {
  expect(statedReason("the schema (skipped: there is none (yet)) > sentry:index/key:Key")).toBe("there is none (yet)");
  expect(statedReason("the rules (skipped: promtool is not built, run golive doctor)")).toBe(
    "promtool is not built, run golive doctor",
  );
  expect(statedReason("the rules > are valid")).toBe("no reason given");
});
