import { expect, test } from "vitest";
import type { Complete } from "../catalogue/catalogue.ts";
import type { Manifest } from "../catalogue/manifest.ts";
import { accepted, type BackupSketch, completeOf } from "../testing/backups.ts";
import { anomaliesOf } from "./anomalies.ts";
import { mergeCopies } from "./predecessors.ts";

const nightOf = (sequence: number) => new Date(sequence * 86_400_000);
interface Sketch extends Omit<BackupSketch, "at"> {
  /** A person looked at it. */
  readonly accepted?: boolean;
}
/** 100 bytes a row, in the middle of its night. */
function stored(sequence: number, rows: number, more: Sketch = {}): Complete {
  const sketch = { at: nightOf(sequence), rows, plainBytes: rows * 100, ...more };
  const entry = completeOf(sketch, more.accepted ? [accepted(sketch, nightOf(sequence + 1))] : []);
  return { ...entry, manifest: { ...entry.manifest, sequence } };
}
const backup = (sequence: number, rows: number, more: Sketch = {}): Manifest => stored(sequence, rows, more).manifest;
const week = [1, 2, 3, 4, 5, 6, 7].map((at) => stored(at, 1000));

test("a first backup, and one like its predecessors, is no anomaly", () => {
  expect(anomaliesOf(backup(1, 5), [])).toEqual([]);
  expect(anomaliesOf(backup(8, 900), week)).toEqual([]);
  expect(anomaliesOf(backup(8, 90_000), week)).toEqual([]);
});

test.each([
  ["80 % fewer bytes", backup(8, 1000, { plainBytes: 20_000 }), [/the dump has 20\.0 kB, 80 % less than the 100 kB/]],
  ["79 % fewer bytes", backup(8, 1000, { plainBytes: 21_000 }), []],
  ["90 % fewer rows", backup(8, 100, { plainBytes: 100_000 }), [/^100 rows, 90 % less than the 1,000/]],
  ["89 % fewer rows", backup(8, 110, { plainBytes: 100_000 }), []],
  ["no rows", backup(8, 0, { plainBytes: 100_000 }), [/no rows at all/]],
])("%s", (_what, now, expected) => {
  const found = anomaliesOf(now, week);
  expect(found).toHaveLength(expected.length);
  for (const [at, pattern] of expected.entries()) expect(found[at]).toMatch(pattern);
});

test("one odd backup among the seven moves nothing, and older ones do not count", () => {
  const odd = [...week.slice(0, 6), stored(7, 10_000_000)];
  expect(anomaliesOf(backup(8, 900), odd)).toEqual([]);
  const shrunk = [
    ...[1, 2, 3].map((at) => stored(at, 1_000_000)),
    ...[4, 5, 6, 7, 8, 9, 10].map((at) => stored(at, 1000)),
  ];
  expect(anomaliesOf(backup(11, 1000), shrunk)).toEqual([]);
});

test("backups of a part are compared with those of the same part", () => {
  expect(anomaliesOf(backup(8, 5, { plainBytes: 500, whole: false }), week)).toEqual([]);
});

test("a loss that nobody accepted stays an anomaly, however many nights it lasts", () => {
  const line = [...week];
  for (let night = 8; night < 30; night++) {
    const anomalies = anomaliesOf(backup(night, 10), line);
    expect(anomalies, `night ${night}`).toContainEqual(expect.stringMatching(/^10 rows, 99 % less than the 1,000/));
    line.push(stored(night, 10, { anomalies }));
  }
});

test("one word of a person makes a loss the new usual, also when it was said in one of several stores", () => {
  const lost = stored(8, 10, { anomalies: ["10 rows"] });
  const inOther = stored(8, 10, { anomalies: ["10 rows"], accepted: true });
  expect(anomaliesOf(backup(9, 10), [...week, lost])).not.toEqual([]);
  const line = mergeCopies([...week, lost, ...week, inOther]);
  for (let night = 9; night < 20; night++) {
    expect(anomaliesOf(backup(night, 10), line), `night ${night}`).toEqual([]);
    line.push(stored(night, 10));
  }
  // And what is lost from there is compared with it.
  expect(anomaliesOf(backup(20, 1), line)).not.toEqual([]);
});

test("copies in several stores are one backup: seven nights are seven nights", () => {
  const nights = [...[1, 2, 3, 4].map((at) => stored(at, 100_000)), ...[5, 6, 7].map((at) => stored(at, 10))];
  // The middle of the seven is 100,000; of the newest seven of fourteen copies it would be 10.
  expect(anomaliesOf(backup(8, 10), mergeCopies([...nights, ...nights]))).toContainEqual(
    expect.stringMatching(/than the 100,000 of those before/),
  );
});

test.each(["point-in-time", "before-restore"] as const)(
  "what is made for a restore (%s) is no anomaly, and others are not compared with it",
  (reason) => {
    expect(anomaliesOf(backup(8, 0, { reason }), week)).toEqual([]);
    expect(anomaliesOf(backup(8, 10, { reason }), week)).toEqual([]);
    const emptied = [8, 9, 10, 11, 12, 13, 14].map((at) => stored(at, 10, { reason }));
    expect(anomaliesOf(backup(15, 10), [...week, ...emptied])).not.toEqual([]);
    expect(anomaliesOf(backup(15, 1000), [...week, ...emptied])).toEqual([]);
  },
);

test("a database that is empty from the beginning is told once; one that becomes empty again, until somebody accepts it", () => {
  const first = backup(1, 0, { plainBytes: 100 });
  expect(anomaliesOf(first, [])).toEqual(["it holds no rows at all"]);
  const line = [stored(1, 0, { plainBytes: 100, anomalies: ["it holds no rows at all"] })];
  expect(anomaliesOf(backup(2, 0, { plainBytes: 100 }), line)).toEqual([]);
  line.push(stored(2, 0, { plainBytes: 100 }), ...[3, 4, 5].map((at) => stored(at, 1000)));
  expect(anomaliesOf(backup(6, 0, { plainBytes: 100 }), line)).toEqual(["it holds no rows at all"]);
  line.push(stored(6, 0, { plainBytes: 100, anomalies: ["it holds no rows at all"] }));
  expect(anomaliesOf(backup(7, 0, { plainBytes: 100 }), line)).toEqual(["it holds no rows at all"]);
});

test("the order of the list, and what the clocks said, do not matter", () => {
  // Nights 8 to 14 were shrunk and accepted; a clock that was wrong dates them before the week.
  const dated = [8, 9, 10, 11, 12, 13, 14].map((sequence) => {
    const one = stored(sequence, 10);
    return { ...one, manifest: { ...one.manifest, started: nightOf(-sequence).toISOString() } };
  });
  expect(anomaliesOf(backup(15, 10), [...dated, ...week])).toEqual([]);
  expect(anomaliesOf(backup(15, 10), [...week, ...dated])).toEqual([]);
});
