import { randomBytes } from "node:crypto";
import type { Readable } from "node:stream";
import { expect, test } from "vitest";
import type { PrunableStore } from "../storage/object-store.ts";

const MiB = 1024 ** 2;

export interface StoreUnderTest {
  readonly store: PrunableStore;
  /** Puts a lock of a day on an object; absent where there are none. */
  readonly lock?: (key: string) => Promise<void>;
}

/** What every store must do; the fakes of other tests are held to it as well. */
export function storeContract(under: () => StoreUnderTest): void {
  const store = () => under().store;
  const body = randomBytes(12 * MiB);

  test("it has a name, answers, and tells the time", async () => {
    expect(store().name).not.toBe("");
    await store().reach();
    expect(Math.abs((await store().clock()).getTime() - Date.now())).toBeLessThan(60_000);
  });

  test("an object is there after its commit and not before, and comes back byte by byte", async () => {
    const pending = await store().open("postgres/a/whole");
    for (let at = 0; at < body.length; at += 65_536) await pending.write(body.subarray(at, at + 65_536));
    expect(await store().size("postgres/a/whole")).toBeUndefined();
    expect(await keysOf(store(), "postgres/a/")).toEqual([]);
    await pending.commit();
    expect(await store().size("postgres/a/whole")).toBe(body.length);
    expect((await bytesOf(await store().read("postgres/a/whole"))).equals(body)).toBe(true);
  });

  test("an object of no bytes is an object", async () => {
    const pending = await store().open("postgres/empty/nothing");
    await pending.commit();
    expect(await store().size("postgres/empty/nothing")).toBe(0);
    expect(await bytesOf(await store().read("postgres/empty/nothing"))).toHaveLength(0);
  });

  test("an upload that was given up leaves nothing", async () => {
    const pending = await store().open("postgres/a/given-up");
    await pending.write(body.subarray(0, 9 * MiB));
    await pending.abort();
    expect(await store().size("postgres/a/given-up")).toBeUndefined();
    await pending.abort();
  });

  test("a key is written once", async () => {
    await store().putNew("postgres/a/once", Buffer.from("first"));
    await expect(store().putNew("postgres/a/once", Buffer.from("second"))).rejects.toMatchObject({ fault: "exists" });
    const pending = await store().open("postgres/a/once");
    await pending.write(Buffer.from("third"));
    await expect(pending.commit()).rejects.toMatchObject({ fault: "exists" });
    await pending.abort();
    expect((await bytesOf(await store().read("postgres/a/once"))).toString()).toBe("first");
  });

  test("of two writers of one key, one succeeds and the object is its own", async () => {
    const bodies = ["one", "two"];
    const done = await Promise.allSettled(bodies.map((text) => store().putNew("postgres/a/race", Buffer.from(text))));
    const winners = bodies.filter((_text, index) => done[index]?.status === "fulfilled");
    expect(winners).toHaveLength(1);
    expect((await bytesOf(await store().read("postgres/a/race"))).toString()).toBe(winners[0]);
  });

  test("a list holds every object of a prefix, however odd its name, and no other", async () => {
    const odd = "listed/%2E%2E%2Fx%20%22/a b+c/manifest.json";
    for (const key of [odd, "listed/b", "listedx/c"]) await store().putNew(key, Buffer.from("{}"));
    expect(await keysOf(store(), "listed/")).toEqual([odd, "listed/b"].sort());
    for await (const { bytes, modified } of store().list("listed/")) {
      expect(bytes).toBe(2);
      expect(Math.abs(modified.getTime() - Date.now())).toBeLessThan(600_000);
    }
    expect(await keysOf(store(), "postgres/none/")).toEqual([]);
  });

  test("a list of more objects than one page holds is whole", async () => {
    const keys = Array.from({ length: 1001 }, (_, index) => `many/${String(index).padStart(4, "0")}`);
    for (let at = 0; at < keys.length; at += 25)
      await Promise.all(keys.slice(at, at + 25).map((key) => store().putNew(key, Buffer.from("{}"))));
    expect(await keysOf(store(), "many/")).toEqual(keys);
  });

  test("what is not there is told so", async () => {
    await expect(readWhole("postgres/a/none")).rejects.toMatchObject({ fault: "not-found" });
    expect(await store().size("postgres/none/none")).toBeUndefined();
    expect(await store().lockedUntil("postgres/none/none")).toBeUndefined();
  });
  const readWhole = async (key: string) => bytesOf(await store().read(key));

  test("what is removed is gone, its neighbours are not, and removing twice is no error", async () => {
    for (const name of ["app", "app_test"]) await store().putNew(`removed/${name}`, Buffer.from(name));
    expect(await store().remove("removed/app")).toBe("removed");
    expect(await store().size("removed/app")).toBeUndefined();
    expect(await keysOf(store(), "removed/")).toEqual(["removed/app_test"]);
    expect(await store().remove("removed/app")).toBe("removed");
    await store().putNew("removed/app", Buffer.from("again"));
    expect((await bytesOf(await store().read("removed/app"))).toString()).toBe("again");
  });

  test("an upload that nobody finished is found, and can be given up by another", async () => {
    const pending = await store().open("postgres/b/left-behind");
    await pending.write(body.subarray(0, 9 * MiB));
    const found = [];
    for await (const upload of store().unfinished("postgres/b/")) found.push(upload);
    expect(found.map(({ key }) => key)).toEqual(["postgres/b/left-behind"]);
    expect(Math.abs((found[0]?.begun.getTime() ?? 0) - Date.now())).toBeLessThan(600_000);
    await found[0]?.abort();
    await found[0]?.abort();
    for await (const { key } of store().unfinished("postgres/b/")) expect.fail(`${key} is still there`);
    await expect(pending.commit()).rejects.toThrow();
    await pending.abort();
    expect(await store().size("postgres/b/left-behind")).toBeUndefined();
  });

  test("a lock is told and what it keeps is retained; a store without locks tells of none and removes", async () => {
    const { lock } = under();
    await store().putNew("locked/a", Buffer.from("kept"));
    if (!lock) {
      expect(await store().lockedUntil("locked/a")).toBeUndefined();
      expect(await store().remove("locked/a")).toBe("removed");
      expect(await store().size("locked/a")).toBeUndefined();
      return;
    }
    await lock("locked/a");
    const until = await store().lockedUntil("locked/a");
    expect(until?.getTime()).toBeGreaterThan(Date.now() + 23 * 3_600_000);
    expect(await store().remove("locked/a")).toBe("retained");
    expect((await bytesOf(await store().read("locked/a"))).toString()).toBe("kept");
  });
}

export async function bytesOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export async function keysOf(store: PrunableStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys.sort();
}
