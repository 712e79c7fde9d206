import { expect, test } from "vitest";
import { StoreError, type StoreFault } from "./object-store.ts";
import { asStoreFailure } from "./store-failure.ts";

test.each([
  ["unreachable", "STORE_UNREACHABLE"],
  ["denied", "STORE_UNREACHABLE"],
  ["no-bucket", "STORE_UNREACHABLE"],
  ["full", "DISK_FULL"],
  ["not-found", "BACKUP_FAILED"],
  ["exists", "BACKUP_FAILED"],
  ["failed", "BACKUP_FAILED"],
] satisfies [StoreFault, string][])("people see a fault %s as %s, with what to do next", (fault, code) => {
  const cause = new StoreError(fault, "part 3 of a: SlowDown");
  expect(asStoreFailure(cause)).toMatchObject({ code, message: /part 3 of a: SlowDown/, hint: /\.$/, cause });
});

test("any other error stays as it is", () => {
  const error = new Error("not the store's");
  expect(asStoreFailure(error)).toBe(error);
});
