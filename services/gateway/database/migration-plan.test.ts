import { expect, test } from "vitest";
import { pendingMigrations, readMigrations } from "./migration-plan.ts";

const files = (entries: Record<string, string>) => readMigrations(new Map(Object.entries(entries)));
const two = files({ "0002-b.sql": "select 2", "0001-a.sql": "select 1" });

test("files run in the order of their numbers", () => {
  expect(two.map(({ id, name }) => [id, name])).toEqual([
    [1, "a"],
    [2, "b"],
  ]);
});

test("line ends do not change a checksum, anything else does", () => {
  const checksum = (sql: string) => files({ "0001-a.sql": sql })[0]?.checksum;
  expect(checksum("a\r\nb")).toBe(checksum("a\nb"));
  expect(checksum("a\nb")).not.toBe(checksum("a\n b"));
});

test.each([
  [{ "1-a.sql": "" }, /not named like/],
  [{ "0001-a.sql": "", "0003-c.sql": "" }, /stands where number 2 belongs/],
  [{ "0001-a.sql": "", "0001-b.sql": "" }, /stands where number 2 belongs/],
])("%j is refused", (entries, message) => {
  expect(() => files(entries)).toThrow(message);
});

test("only what has not run is pending", () => {
  expect(pendingMigrations(two, [])).toEqual(two);
  expect(pendingMigrations(two, two.slice(0, 1))).toEqual(two.slice(1));
  expect(pendingMigrations(two, two)).toEqual([]);
});

test("an older release starts on a newer schema", () => {
  expect(pendingMigrations(two, [...two, { id: 3, name: "c", checksum: "x" }])).toEqual([]);
});

test("a changed old migration is refused and named", () => {
  expect(() => pendingMigrations(two, [{ id: 1, name: "a", checksum: "other" }])).toThrow(
    /migration 1 \(a\) was changed/,
  );
});

test("a migration that others overtook is refused", () => {
  expect(() => pendingMigrations(two, two.slice(1))).toThrow(/migration 1 \(a\) never ran here/);
});
