import { expect, test } from "vitest";
import { secondsOf } from "./recovery-cluster.ts";
import { recoveryFault, recoveryMarks } from "./recovery-log.ts";

const lines = (...all: object[]) => ["no json", ...all.map((line) => JSON.stringify(line)), "{cut"].join("\n");
const at = (second: number) => new Date(Date.UTC(2026, 10, 25, 5, 0, second));

test("when the base backup was there, the log began to be replayed", () => {
  const marks = recoveryMarks(
    lines(
      { ts: at(4).toISOString(), msg: "Restore through plugin detected, proceeding..." },
      { ts: at(9).toISOString(), msg: "Generated recovery configuration" },
      { ts: at(11).toISOString(), msg: "record" },
    ),
  );
  expect(marks).toEqual({ begun: at(4), fetched: at(9) });
  expect(secondsOf(at(0), marks, at(20))).toEqual({ start: 4, fetch: 5, restore: 11 });
});

test("what the log does not tell counts to the step after it, and clocks that differ give no step less than nothing", () => {
  expect(recoveryMarks("")).toEqual({ begun: undefined, fetched: undefined });
  expect(secondsOf(at(0), { begun: undefined, fetched: undefined }, at(20))).toEqual({
    start: 0,
    fetch: 0,
    restore: 20,
  });
  expect(secondsOf(at(0), { begun: at(4), fetched: undefined }, at(20))).toEqual({ start: 4, fetch: 0, restore: 16 });
  expect(secondsOf(at(8), { begun: at(4), fetched: at(9) }, at(20)).start).toBe(0);
});

const postgres = (message: string, error_severity = "FATAL") => ({
  level: "info",
  record: { error_severity, message },
});

test.each([
  [[postgres("recovery ended before configured recovery target was reached")], "unreached", true],
  [[postgres("requested recovery stop point is before consistent recovery point")], "archive", true],
  [[postgres("could not locate a valid checkpoint record", "PANIC")], "archive", true],
  [[{ level: "error", msg: "restore error", error: "no target backup found" }], "no-base-backup", true],
  [[{ level: "error", msg: "Can't restore backup", error: "network error" }], "other", false],
  [[postgres("nothing to see", "LOG")], "other", false],
])("%j", (said, kind, final) => {
  expect(recoveryFault(lines(...said))).toMatchObject({ kind, final });
});

test("a word that says why goes before later noise; else the last one counts", () => {
  const why = { level: "error", error: "no target backup found" };
  expect(recoveryFault(lines(why, { level: "error", msg: "z" })).message).toBe("no target backup found");
  expect(recoveryFault(lines({ level: "error", msg: "a" }, { level: "error", msg: "b", error: "c" })).message).toBe(
    "b: c",
  );
  expect(recoveryFault("").message).toBe("its log does not say why");
});
