import { expect, test } from "vitest";
import { type ReachRow, reaches, reachOf } from "./archive-reach.ts";

const row: ReachRow = {
  system: "7",
  last_wal: "000000010000000000000007",
  age: 90,
  failing: false,
  archive_timeout: 300,
  segment_bytes: String(16 * 2 ** 20),
  current_wal: "000000010000000000000008",
};

test.each([
  ["0/7000148", true],
  ["0/7FFFFFF", true],
  // What begins there is in the next segment.
  ["0/8000000", false],
  ["1/0", false],
])("with segment 7 in the archive, %s is reached: %s", (lsn, wanted) => {
  expect(reaches(reachOf(row), lsn)).toBe(wanted);
  // The label of a base backup comes after its segment; another timeline has the same positions.
  expect(reaches(reachOf({ ...row, last_wal: "000000030000000000000007.00000028.backup" }), lsn)).toBe(wanted);
});

test("where nobody knows how far the archive is, nothing is said", () => {
  for (const last_wal of [null, "00000002.history"])
    expect(reaches(reachOf({ ...row, last_wal }), "0/1")).toBeUndefined();
  expect(reaches(undefined, "0/1")).toBeUndefined();
});

test("segments of other sizes are counted as they are named", () => {
  const wide = reachOf({ ...row, segment_bytes: String(2 ** 30), last_wal: "000000010000000100000002" });
  expect([reaches(wide, "1/BFFFFFFF"), reaches(wide, "1/C0000000")]).toEqual([true, false]);
});

test.each<[what: string, change: Partial<ReachRow>, seconds: number | undefined]>([
  ["an archiver that keeps up", {}, 90],
  ["a quiet database, which has nothing to archive", { age: 86_400 }, 300],
  ["a server that closes no segment by the clock", { age: 86_400, archive_timeout: 0 }, 86_400],
  ["an archiver that fails", { age: 86_400, failing: true }, 86_400],
  ["segments that wait", { age: 86_400, current_wal: "000000010000000000000009" }, 86_400],
  ["an archive without a segment", { age: null, last_wal: null }, undefined],
])("what would be lost: %s", (_, change, seconds) => {
  expect(reachOf({ ...row, ...change }).lossSeconds).toBe(seconds);
});
