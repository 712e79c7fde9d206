import { expect, test } from "vitest";
import { z } from "zod";
import { limitsConfig, limitsFaults, limitsVariables } from "./config.ts";
import { policies } from "./policies.ts";

const parsed = (env: Record<string, string>) => z.object(limitsVariables).parse(env);
const faults = (limits: unknown) => limitsFaults(parsed({ RATE_LIMITS: JSON.stringify(limits) }));

test("an empty environment enforces the table without a shared store", () => {
  const config = limitsConfig(parsed({}));
  expect(config).toMatchObject({ url: undefined, storeTimeoutMs: 50 });
  for (const [name, { why: _, ...policy }] of Object.entries(policies)) {
    expect(config.policies).toHaveProperty(name, { ...policy, mode: "enforce" });
  }
});

test("a change touches what it names and nothing else", () => {
  const RATE_LIMITS = JSON.stringify({ login: { points: 3 }, read: { seconds: 10, mode: "dry-run" } });
  const { policies: inForce } = limitsConfig(parsed({ RATE_LIMITS }));
  expect(inForce.login).toEqual({ points: 3, seconds: 60, key: "client", onStoreError: "closed", mode: "enforce" });
  expect(inForce.read).toMatchObject({ points: 600, seconds: 10, mode: "dry-run" });
  expect(inForce.write).toMatchObject({ points: 120, mode: "enforce" });
});

test("every fault of the limits is named at once with its place", () => {
  const found = faults({ read: { points: 0, burst: 3 }, write: { mode: "loud" }, expensive: { seconds: 1.5 } });
  expect(found).toHaveLength(4);
  for (const place of ["read.points", "read", "write.mode", "expensive.seconds"]) {
    expect(found.some((fault) => fault.startsWith(`RATE_LIMITS.${place}: `))).toBe(true);
  }
  expect(found.join()).toContain("burst");
});

test("an unknown policy is answered with those there are", () => {
  expect(faults({ logn: { points: 3 } }).join()).toMatch(/^RATE_LIMITS: .*logn.*login, write, read, proxy, expensive/);
});

test.each(["", "[1]", "null", "3", "{"])("limits that are %j are refused", (RATE_LIMITS) => {
  expect(limitsFaults(parsed({ RATE_LIMITS }))).toHaveLength(1);
  expect(() => limitsConfig(parsed({ RATE_LIMITS }))).toThrow(/^RATE_LIMITS/);
});

test.each(["redis://:pw@valkey:6379", "rediss://user:pw@valkey", "redis://[::1]:6379/3", " redis://valkey:6379\n"])(
  "%j is a store",
  (VALKEY_URL) => {
    expect(limitsFaults(parsed({ VALKEY_URL }))).toEqual([]);
    expect(limitsConfig(parsed({ VALKEY_URL })).url).toBe(VALKEY_URL.trim());
  },
);

test.each(["http://:canary@valkey:6379", "canary@valkey", "redis://:canary@", "redis://:canary@valkey/zero"])(
  "%j is none, and the message does not repeat its password",
  (VALKEY_URL) => {
    const found = limitsFaults(parsed({ VALKEY_URL }));
    expect(found).toHaveLength(1);
    expect(found.join()).toMatch(/^VALKEY_URL: must look like/);
    expect(found.join()).not.toContain("canary");
  },
);
