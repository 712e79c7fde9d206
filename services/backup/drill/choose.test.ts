import { expect, test } from "vitest";
import type { Complete, Entry } from "../catalogue/catalogue.ts";
import type { Manifest } from "../catalogue/manifest.ts";
import type { BackupRecord, RecordOf } from "../catalogue/records.ts";
import { type Choice, chooseBackup } from "./choose.ts";

const drilled = (at: string, more: Partial<RecordOf<"drilled">> = {}) =>
  ({ kind: "drilled", at, plane: "dump", outcome: "passed", blame: null, ...more }) as BackupRecord;

function backup(sequence: number, records: BackupRecord[] = [], scope: Partial<Manifest["scope"]> = {}): Complete {
  const id = `b${sequence}`;
  const manifest = {
    id,
    database: "app",
    sequence,
    scope: { include: [], exclude: [], ...scope },
  } as unknown as Manifest;
  const stored = new Date(Date.UTC(2026, 10, sequence));
  return { database: "app", id, state: "complete", bytes: 1, stored, keys: [], manifest, records };
}
const bad = (id: string, state: "damaged" | "untrusted" | "incomplete", day: number): Entry =>
  ({ ...backup(day), id, state, problem: "its dump is gone" }) as unknown as Entry;

const chosen = (entries: Entry[], choice: Choice = "due") => chooseBackup(entries, choice).entry.id;

test("due is the newest that no drill has judged", () => {
  expect(chosen([backup(3), backup(2), backup(1)])).toBe("b3");
  expect(chosen([backup(3, [drilled("2026-11-04T00:00:00Z")]), backup(2), backup(1)])).toBe("b2");
});

test("when all are judged, due is the one whose last judgement is oldest", () => {
  const entries = [
    backup(3, [drilled("2026-11-10T00:00:00Z")]),
    backup(2, [drilled("2026-11-01T00:00:00Z"), drilled("2026-11-12T00:00:00Z")]),
    backup(1, [drilled("2026-11-11T00:00:00Z", { outcome: "failed", blame: "backup" })]),
  ];
  expect(chosen(entries)).toBe("b3");
});

test("a drill that broke by itself, or was of the other plane, judged nothing", () => {
  const broke = drilled("2026-11-04T00:00:00Z", { outcome: "failed", blame: "drill" });
  const recovered = drilled("2026-11-04T00:00:00Z", { plane: "point-in-time" });
  expect(chosen([backup(3, [broke, recovered]), backup(2)])).toBe("b3");
});

test("latest is the highest number, also when a wrong clock named it wrongly", () => {
  expect(chosen([backup(1), backup(3, [drilled("2026-11-04T00:00:00Z")]), backup(2)], "latest")).toBe("b3");
});

test("what was made for a restore is drilled by its id alone", () => {
  const ofRestore = (sequence: number, reason: Manifest["reason"]): Complete => {
    const entry = backup(sequence);
    return { ...entry, manifest: { ...entry.manifest, reason } };
  };
  const entries = [ofRestore(5, "before-restore"), ofRestore(4, "point-in-time"), ofRestore(3, "manual"), backup(2)];
  expect([chosen(entries), chosen(entries, "latest"), chosen(entries, { id: "b5" })]).toEqual(["b3", "b3", "b5"]);
});

test("newer ones that cannot be taken are told, older and unfinished ones are not", () => {
  const entries = [
    bad("new", "damaged", 9),
    bad("forged", "untrusted", 8),
    backup(3),
    bad("old", "damaged", 1),
    bad("cut", "incomplete", 9),
  ];
  expect(chooseBackup(entries, "latest").passedOver).toEqual([
    "backup new is newer and damaged: its dump is gone",
    "backup forged is newer and untrusted: its dump is gone",
  ]);
});

test("a backup of chosen tables is not drilled, as it does not restore by itself; one without some tables is", () => {
  const entries = [backup(3, [], { include: ["shop.orders"] }), backup(2, [], { exclude: ["log"] }), backup(1)];
  expect(chosen(entries)).toBe("b2");
  expect(chosen(entries, "latest")).toBe("b2");
  expect(() => chosen(entries, { id: "b3" })).toThrow(/chosen tables \(shop\.orders\)/);
});

test.each([
  ["nothing at all", [], "due", "BACKUP_NOT_FOUND", /no backup to drill/],
  ["only damaged ones", [bad("x", "damaged", 1)], "latest", "BACKUP_NOT_FOUND", /none of 1 backups restores/],
  ["an id that is not there", [backup(1)], { id: "b9" }, "BACKUP_NOT_FOUND", /no backup "b9"/],
  ["the id of an unfinished one", [bad("x", "incomplete", 1)], { id: "x" }, "BACKUP_NOT_FOUND", /no backup "x"/],
  ["the id of a damaged one", [bad("x", "damaged", 1)], { id: "x" }, "BACKUP_DAMAGED", /x is damaged/],
  ["an id of two databases", [backup(1), { ...backup(1), database: "other" }], { id: "b1" }, "USAGE", /app, other/],
] satisfies [string, Entry[], Choice, string, RegExp][])("%s: %#", (_what, entries, choice, code, message) => {
  expect(() => chooseBackup(entries, choice)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
});
