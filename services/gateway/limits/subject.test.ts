import { describe, expect, test } from "vitest";
import { networkOf, subjectKey, subjectText } from "./subject.ts";

describe("an address counts for", () => {
  test.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:c000:201", "192.0.2.1"],
    ["0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:DB8:0:0:ffff:ffff:ffff:ffff", "2001:db8:0:0::/64"],
    ["2001:0db8:0000:0001::1", "2001:db8:0:1::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["1:2:3:4:5:6:7.8.9.10", "1:2:3:4::/64"],
    ["1::8", "1:0:0:0::/64"],
    ["unknown", "unknown"],
  ])("%s: %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

test("300 addresses of one /64 have one key, the next /64 another", () => {
  const keys = Array.from({ length: 300 }, (_, n) => subjectKey({ address: `2001:db8:0:7:${n.toString(16)}::1` }, "s"));
  expect(new Set(keys).size).toBe(1);
  expect(subjectKey({ address: "2001:db8:0:8::1" }, "s")).not.toBe(keys[0]);
});

test("a principal who is called like an address does not count for it", () => {
  expect(subjectText({ principal: "192.0.2.1" })).toBe(subjectText({ address: "192.0.2.1" }));
  expect(subjectKey({ principal: "192.0.2.1" }, "s")).not.toBe(subjectKey({ address: "192.0.2.1" }, "s"));
});

test("keys are short whatever a principal is called, and another secret makes other keys", () => {
  const key = subjectKey({ principal: "x".repeat(100_000) }, "s");
  expect(key).toMatch(/^[\w-]{22}$/);
  expect(subjectKey({ principal: "x".repeat(100_000) }, "t")).not.toBe(key);
});
