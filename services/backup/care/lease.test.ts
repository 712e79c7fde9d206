import { expect, test } from "vitest";
import { readCatalogue, standingOf } from "../catalogue/catalogue.ts";
import { StoreError } from "../storage/object-store.ts";
import { idAt, putBackup } from "../testing/backups.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { testKeys } from "../testing/test-world.ts";
import { leaseBackup } from "./lease.ts";

const { signer, trusted } = testKeys();
const at = new Date("2026-11-24T02:00:00Z");
const name = { database: "app", id: idAt(at) };

async function made(): Promise<{ store: MemoryStore; lines: string[]; report: (line: string) => void }> {
  const store = new MemoryStore();
  store.now = () => new Date("2026-11-25T03:00:00Z");
  await putBackup(store, signer, { at });
  const lines: string[] = [];
  return { store, lines, report: (line) => lines.push(line) };
}
const leased = async (store: MemoryStore) => {
  const [entry] = await readCatalogue(store, { trusted });
  return standingOf(entry as NonNullable<typeof entry>).leased;
};

test("a lease lasts a day by the store's clock; of several the longest counts", async () => {
  const { store, report } = await made();
  await leaseBackup({ store, signer, report }, name, "restore into app");
  expect(await leased(store)).toEqual({ by: "restore into app", until: new Date("2026-11-26T03:00:00Z") });
  store.now = () => new Date("2026-11-25T02:00:00Z");
  await leaseBackup({ store, signer, report }, name, "drill");
  expect(await leased(store)).toMatchObject({ by: "restore into app" });
});

test("who may not write one is warned and goes on", async () => {
  const { store, lines, report } = await made();
  await leaseBackup({ store, signer: undefined, report }, name, "drill");
  store.putNew = () => Promise.reject(new StoreError("denied", "Access Denied"));
  await leaseBackup({ store, signer, report }, name, "drill");
  expect(lines).toEqual([expect.stringMatching(/no signing key/), expect.stringMatching(/Access Denied/)]);
  expect(await leased(store)).toBeUndefined();
});
