import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { calendars } from "../retention/calendar.ts";
import { isBackupId, newBackupId } from "./backup-id.ts";
import { encodeDatabase, type FileKind, fileNames, folderOf, keyOf, parseKey, prefixOf, recordKey } from "./keys.ts";
import { newRecordId } from "./records.ts";

const id = "2026-11-24T020013Z-3f9c1a";
const kinds = Object.keys(fileNames) as FileKind[];

test("an id is UTC time and chance, and sorts by time", () => {
  const made = newBackupId(new Date("2026-11-24T02:00:13.999Z"), () => "3f9c1a");
  expect(made).toBe(id);
  expect(isBackupId(made)).toBe(true);
  expect(newBackupId(new Date("2026-11-24T02:00:14Z")) > made).toBe(true);
});

test("fault 16: the hour that comes twice when clocks change makes two ids, in order", () => {
  const [first, second] = ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"].map((at) => newBackupId(new Date(at)));
  expect((first as string) < (second as string)).toBe(true);
});

test("fault 16: ids and the days of retention are UTC in whatever zone the pod lives", () => {
  const zone = process.env["TZ"];
  const at = new Date("2026-03-28T23:30:00Z");
  const seen = (TZ: string) => {
    process.env["TZ"] = TZ;
    return {
      hours: at.getHours(),
      id: newBackupId(at, () => "3f9c1a"),
      day: calendars.daily(at),
      week: calendars.weekly(at),
    };
  };
  try {
    const [west, east] = [seen("America/Los_Angeles"), seen("Pacific/Auckland")];
    expect([west.hours, east.hours]).toEqual([16, 12]);
    const wanted = { id: "2026-03-28T233000Z-3f9c1a", day: "2026-03-28", week: "2026-W13" };
    expect([west, east]).toMatchObject([wanted, wanted]);
  } finally {
    if (zone === undefined) delete process.env["TZ"];
    else process.env["TZ"] = zone;
  }
});

test("fault 32: every database has a prefix of its own, one path segment long, and comes back from it", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 63 }),
      fc.constantFrom(...kinds),
      (database, kind) => {
        fc.pre(Buffer.from(database, "utf8").toString("utf8") === database);
        expect(encodeDatabase(database)).toMatch(/^[A-Za-z0-9_%-]+$/);
        expect(parseKey(keyOf({ database, id }, kind))).toEqual({ database, id, kind });
        const record = recordKey({ database, id }, newRecordId(new Date()));
        expect(parseKey(record)).toEqual({ database, id, kind: "record" });
        expect(record.startsWith(folderOf({ database, id }))).toBe(true);
      },
    ),
  );
});

test("fault 23: no prefix of a database begins another's", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", minLength: 1 }),
      fc.string({ unit: "grapheme", minLength: 1 }),
      (a, b) => {
        fc.pre(Buffer.from(a, "utf8").compare(Buffer.from(b, "utf8")) !== 0);
        expect(prefixOf(a).startsWith(prefixOf(b))).toBe(false);
      },
    ),
  );
  expect(prefixOf("app_test").startsWith(prefixOf("app"))).toBe(false);
});

test("a path stays under its root", () => {
  expect(folderOf({ database: "../../etc/x", id })).toBe(`postgres/%2E%2E%2F%2E%2E%2Fetc%2Fx/${id}/`);
});

describe("fault 22: what is not ours", () => {
  test.each([
    "postgres/app/notes.txt",
    "postgres/app/2026-11-24/manifest.json",
    `postgres/app/${id}/database.dump.zst.age.bak`,
    `postgres/app/${id}/deep/manifest.json`,
    `postgres/app/${id}/records/notes.json`,
    `postgres/app/${id}/records/20261124T020013123Z-3f9c1a.json.tmp`,
    `postgres/app/${id}/toString`,
    `postgres/a%70p/${id}/manifest.json`,
    `postgres/%zz/${id}/manifest.json`,
    `other/app/${id}/manifest.json`,
    `/postgres/app/${id}/manifest.json`,
  ])("%s", (key) => {
    expect(parseKey(key)).toBeUndefined();
  });
});
