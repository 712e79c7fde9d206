import { GoliveError } from "@golive/errors/golive-error.ts";
import { expect, test } from "vitest";
import { StoreError } from "../storage/object-store.ts";
import { invariantVerdict } from "./attempt.ts";
import { blameFor } from "./verdict.ts";

const golive = (code: "DRILL_FAILED" | "STORE_UNREACHABLE" | "BACKUP_DAMAGED" | "RESTORE_MISMATCH", message = "x") =>
  new GoliveError(code, message, "X.");
const withCode = (code: string, message = "x") => Object.assign(new Error(message), { code });

test.each([
  ["the drill", golive("DRILL_FAILED")],
  ["a store that does not answer", golive("STORE_UNREACHABLE")],
  ["a store that broke off, below another error", new Error("reading", { cause: new StoreError("unreachable", "x") })],
  ["a full disk of ours", withCode("ENOSPC", "ENOSPC: no space left on device, write")],
  ["a full disk of the server", withCode("53100", "could not extend file")],
  [
    "a full disk that pg_restore tells of",
    golive("RESTORE_MISMATCH", "could not extend file: No space left on device"),
  ],
  ["a stop of the server", withCode("57P01", "terminating connection")],
])("%s is the drill's trouble", (_what, error) => {
  expect(blameFor(error)).toBe("drill");
});

test.each([
  ["wrong sums", golive("BACKUP_DAMAGED")],
  ["objects that cannot be restored", golive("RESTORE_MISMATCH")],
  ["a dump that is gone", new StoreError("not-found", "no dump")],
  ["a statement that the server refuses", withCode("42P01", "relation does not exist")],
])("%s make the backup suspect", (_what, error) => {
  expect(blameFor(error)).toBe("backup");
});

const result = (name: string, passed: boolean, asked = true) => ({ name, passed, asked, found: passed ? "" : "why" });

test("a violated invariant is the backup's fault, one that cannot be asked the drill's, and the violation weighs more", () => {
  expect(invariantVerdict([])).toMatchObject({ outcome: "passed" });
  expect(invariantVerdict([result("a", true)])).toMatchObject({ outcome: "passed" });
  expect(invariantVerdict([result("a", true), result("b", false, false)])).toMatchObject({
    blame: "drill",
    problem: "invariants could not be asked: b",
  });
  expect(invariantVerdict([result("b", false, false), result("c", false)])).toMatchObject({
    blame: "backup",
    problem: "invariants are violated: c",
  });
});
