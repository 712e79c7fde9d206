import fc from "fast-check";
import { expect, test } from "vitest";
import { clashingRoute, linkFor, linkLock, noProxyFor } from "./network.ts";

test("known names have known addresses", () => {
  expect(linkFor("golive")).toEqual({
    device: "golive0",
    subnet: "172.30.0.0/30",
    hostIp: "172.30.0.1",
    nodeIp: "172.30.0.2",
  });
  expect(linkFor("golive-test").nodeIp).toBe("172.30.1.2");
  expect(linkLock(linkFor("golive-test"))).toBe("/run/golive1.lock");
});

test("any other name gets an address of its own range, always the same, and a device name that Linux takes", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^golive-[a-z0-9]{1,20}$/), (name) => {
      fc.pre(name !== "golive-test" && name !== "golive-dev");
      const link = linkFor(name);
      expect(linkFor(name)).toEqual(link);
      expect(link.device.length).toBeLessThan(16);
      const third = Number(link.nodeIp.split(".")[2]);
      expect(third).toBeGreaterThanOrEqual(3);
      expect(third).toBeLessThanOrEqual(255);
    }),
  );
});

const link = linkFor("golive-test"); // 172.30.1.0/30
test.each([
  ["172.30.0.0/16", "br-1234", true],
  ["172.16.0.0/12", "tun0", true],
  ["172.30.1.2", "eth0", true],
  ["172.30.1.0/24", "eth0", true],
  ["172.30.1.4/30", "eth0", false],
  ["172.30.0.0/24", "eth0", false],
  ["10.0.0.0/8", "eth0", false],
  ["default", "eth0", false],
  ["172.30.1.0/30", "golive1", false], // a link of an earlier run
])("a route to %s on %s clashes: %s", (dst, dev, clashes) => {
  expect(
    clashingRoute(link, [
      { dst: "192.0.2.0/24", dev: "eth0" },
      { dst, dev },
    ]) !== undefined,
  ).toBe(clashes);
});

test("nothing of the cluster goes through a proxy", () => {
  expect(noProxyFor(link).split(",")).toEqual(
    expect.arrayContaining(["172.30.1.0/30", "10.96.0.0/16", "10.244.0.0/24", "127.0.0.1"]),
  );
});
