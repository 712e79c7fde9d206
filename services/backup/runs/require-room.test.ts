import { beforeEach, expect, test } from "vitest";
import { readCatalogue } from "../catalogue/catalogue.ts";
import { putBackup } from "../testing/backups.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { testKeys } from "../testing/test-world.ts";
import { requireRoom } from "./require-room.ts";

const { signer, trusted } = testKeys();
const whole = { include: [], exclude: [], whole: true };
const at = (day: number) => new Date(Date.UTC(2026, 10, day, 2));

let store: MemoryStore;
beforeEach(async () => {
  store = new MemoryStore();
  // The newest has 1,000 bytes; an older one was larger.
  await putBackup(store, signer, { at: at(24), dump: Buffer.alloc(1000) });
  await putBackup(store, signer, { at: at(23), dump: Buffer.alloc(9000) });
});
const asked = async (free: number | undefined, scope: Parameters<typeof requireRoom>[2] = whole) => {
  store.freeBytes = free === undefined ? undefined : async () => free;
  await requireRoom(store, await readCatalogue(store, { trusted }), scope);
};

test("fault 1: less than 1.2 times the last backup is too little, and the fault tells both sizes", async () => {
  await expect(asked(1199)).rejects.toMatchObject({
    fault: "full",
    message: expect.stringMatching(
      /^1\.2 kB are free in memory, a backup may need 1\.2 kB: 1\.2 times the last one, 2026-11-24/,
    ),
  });
  await asked(1200);
});

test("where nothing is known of the room, or of the size, the run tries", async () => {
  await asked(undefined);
  await asked(0, { include: ["a"], exclude: [], whole: false });
});
