import { expect, test } from "vitest";
import { mountsBelow } from "./leftovers.ts";

test("mounts of the cluster's folder are found, deepest first, with blanks in their path", () => {
  const mounts = [
    "/dev/vda / ext4 rw 0 0",
    "tmpfs /var/lib/go\\040live/clusters/golive/ns tmpfs rw 0 0",
    "overlay /var/lib/go\\040live/clusters/golive/ns/cluster/x overlay rw 0 0",
    "tmpfs /var/lib/go\\040live/clusters/golive-test/ns tmpfs rw 0 0",
    "",
  ].join("\n");
  expect(mountsBelow(mounts, "/var/lib/go live/clusters/golive")).toEqual([
    "/var/lib/go live/clusters/golive/ns/cluster/x",
    "/var/lib/go live/clusters/golive/ns",
  ]);
  expect(mountsBelow("/dev/vda / ext4 rw 0 0\n", "/var/lib/go live/clusters/golive")).toEqual([]);
});
