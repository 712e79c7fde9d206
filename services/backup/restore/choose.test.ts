import { expect, test } from "vitest";
import type { Manifest } from "../catalogue/manifest.ts";
import { completeOf, idAt, verified } from "../testing/backups.ts";
import { chooseBackup } from "./choose.ts";

const at = (hour: number) => new Date(Date.UTC(2026, 10, 25, hour));
const proven = (hour: number, reason: Manifest["reason"] = "scheduled") => {
  const sketch = { at: at(hour), reason };
  return completeOf(sketch, [verified(sketch, at(hour + 1))]);
};

test.each([
  ["what was recovered to a moment of the past shows another time", "point-in-time"],
  ["what was saved before a restore is what that restore was to replace", "before-restore"],
] as const)("%s: it is never the latest, nor the newest before a time", (_why, reason) => {
  const entries = [proven(10, reason), proven(2)];
  expect(chooseBackup(entries, "latest").entry.id).toBe(idAt(at(2)));
  expect(chooseBackup(entries, { before: at(12) }).entry.id).toBe(idAt(at(2)));
  expect(chooseBackup(entries, { id: idAt(at(10)) }).entry.id).toBe(idAt(at(10)));
});

const unproven = (hour: number) => completeOf({ at: at(hour) });
const red = (hour: number) => {
  const sketch = { at: at(hour) };
  return completeOf(sketch, [verified(sketch, at(hour + 1), "its dump has 3 bytes")]);
};
const sequenced = (entry: ReturnType<typeof proven>, sequence: number) => ({
  ...entry,
  manifest: { ...entry.manifest, sequence },
});

test("fault 9: the latest is the newest that is proven; one that is not, or is damaged, is passed over with a note", () => {
  const damaged = { ...proven(9), state: "damaged" as const, problem: "its dump is gone" };
  const { entry, notes } = chooseBackup([damaged, unproven(8), red(6), proven(4), proven(2)], "latest");
  expect(entry.id).toBe(idAt(at(4)));
  expect(notes).toEqual([
    `backup ${idAt(at(8))} is newer and was passed over: nothing has proven it yet`,
    `backup ${idAt(at(6))} is newer and was passed over: its dump has 3 bytes`,
    `backup ${idAt(at(9))} is newer and damaged: its dump is gone`,
  ]);
});

test("fault 9: one that is named and failed its check is refused with the next best, and taken only when told so", () => {
  const entries = [unproven(8), red(6), proven(4), proven(2)];
  expect(() => chooseBackup(entries, { id: idAt(at(6)) })).toThrow(
    expect.objectContaining({
      code: "BACKUP_DAMAGED",
      message: expect.stringContaining("its dump has 3 bytes"),
      hint: expect.stringContaining(`The next best is ${idAt(at(4))} (proven).`),
    }),
  );
  expect(chooseBackup(entries, { id: idAt(at(6)) }, true).entry.id).toBe(idAt(at(6)));
});

test("fault 15: the number that counts up is the order, although a clock that was wrong named it otherwise", () => {
  const entries = [sequenced(proven(20), 1), sequenced(proven(3), 2)];
  expect(chooseBackup(entries, "latest").entry.id).toBe(idAt(at(3)));
});
