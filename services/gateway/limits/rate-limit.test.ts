import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startValkey, type ValkeyServer, valkeyMissing } from "../testing/valkey-server.ts";
import { type LimitedApp, startLimitedApp, until } from "./testing/limited-app.ts";

describe.skipIf(valkeyMissing())("with a shared store", () => {
  let valkey: ValkeyServer;
  const apps: LimitedApp[] = [];
  let stacks = 0;
  /** An app whose counts nobody else shares. The time-out is generous, as nothing here is about time. */
  const start = async (changes: Record<string, object>, stack = `stack-${++stacks}`) => {
    const app = await startLimitedApp({ url: valkey.url, changes, storeTimeoutMs: 1_000, stack });
    apps.push(app);
    await until(() => app.limits.isShared, "the connection to the store");
    return app;
  };
  beforeAll(async () => {
    valkey = await startValkey();
  });
  afterAll(async () => {
    for (const app of apps) await app[Symbol.asyncDispose]();
    await valkey?.stop();
  });

  test("each answer says what the policy is and what is left of it", async () => {
    const app = await start({ read: { points: 3, seconds: 100 } });
    for (const left of [2, 1, 0]) {
      const { status, headers } = await app.ask("read");
      expect(status).toBe(200);
      expect(headers["ratelimit-policy"]).toBe('"read";q=3;w=100');
      expect(headers["ratelimit"]).toMatch(new RegExp(`^"read";r=${left};t=(100|9\\d)$`));
      expect(headers["x-ratelimit-mode"]).toBeUndefined();
      expect(headers["retry-after"]).toBeUndefined();
    }
  });

  test("what is too much is refused as a problem that says when to come back", async () => {
    const app = await start({ read: { points: 1, seconds: 100 } });
    await app.ask("read");
    const { status, headers, text } = await app.ask("read");
    expect(status).toBe(429);
    const seconds = Number(headers["retry-after"]);
    expect(seconds).toBeGreaterThan(80);
    expect(seconds).toBeLessThanOrEqual(100);
    expect(headers["ratelimit"]).toBe(`"read";r=0;t=${seconds}`);
    expect(headers["content-type"]).toContain("application/problem+json");
    expect(JSON.parse(text)).toMatchObject({ type: "urn:golive:problem:rate-limited", status: 429 });
    const again = await app.ask("read");
    expect(again.status).toBe(429);
    expect(Number(again.headers["retry-after"])).toBeGreaterThan(80);
  });

  test("a window that is over is forgotten", async () => {
    const app = await start({ read: { points: 1, seconds: 1 } });
    expect((await app.ask("read")).status).toBe(200);
    await until(async () => (await app.ask("read")).status === 429, "the refusal");
    await until(async () => (await app.ask("read")).status === 200, "the next window");
  });

  test("a request that meets two policies is told of both", async () => {
    const app = await start({ read: { points: 5 }, expensive: { points: 2 } });
    const { headers } = await app.ask("both");
    expect(headers["ratelimit-policy"]).toBe('"read";q=5;w=60, "expensive";q=2;w=60');
    expect(headers["ratelimit"]).toMatch(/^"read";r=4;t=\d+, "expensive";r=1;t=\d+$/);
  });

  test("ten replicas share one count, exactly, and one of them reports the key", async () => {
    const changes = { read: { points: 100, seconds: 600 } };
    const replicas = await Promise.all(Array.from({ length: 10 }, () => start(changes, "shared")));
    const asked = replicas.flatMap((replica) => Array.from({ length: 30 }, () => replica.ask("read")));
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(100);
    expect(statuses.filter((status) => status === 429)).toHaveLength(200);
    const reported = replicas.flatMap((replica) => replica.reported);
    expect(reported).toEqual([{ kind: "rate-limit-exceeded", key: "127.0.0.1", details: { policy: "read" } }]);
  });

  test("a key is reported once a window, however often it comes, and each key for itself", async () => {
    const app = await start({ read: { points: 1, seconds: 600 } });
    for (const from of ["192.0.2.1", "192.0.2.2"]) {
      expect(await app.askOften(6, "read", { from })).toEqual({ 200: 1, 429: 5 });
    }
    expect(app.reported.map(({ key }) => key)).toEqual(["192.0.2.1", "192.0.2.2"]);
  });

  test("a key is reported again in its next window", async () => {
    const app = await start({ read: { points: 1, seconds: 1 } });
    await until(async () => {
      await app.ask("read");
      return app.reported.length === 2;
    }, "the second window's report");
  });

  test("a policy on trial refuses nobody, tells clients nothing, and tells the metrics whom it would refuse", async () => {
    const app = await start({ read: { points: 2, mode: "dry-run" } });
    expect(await app.askOften(5, "read")).toEqual({ 200: 5 });
    const { headers } = await app.ask("read");
    expect(Object.keys(headers).filter((name) => /ratelimit|retry/.test(name))).toEqual([]);
    const decided = (decision: string, mode: string) =>
      app.metric(`rate_limit_decisions_total{policy="read",decision="${decision}",mode="${mode}"}`);
    expect(await decided("allowed", "dry-run")).toBe(2);
    expect(await decided("limited", "dry-run")).toBe(4);
    expect(await decided("limited", "enforce")).toBe(0);
    expect(app.reported).toEqual([]);
  });

  test("a policy that is off counts nothing", async () => {
    const app = await start({ read: { points: 1, mode: "off" } }, "switched-off");
    expect(await app.askOften(3, "read")).toEqual({ 200: 3 });
    expect(await valkey.command("keys", "switched-off:*")).toEqual([]);
  });

  test("decisions are counted by outcome, and the store by what became of the question", async () => {
    const app = await start({ write: { points: 2 } });
    await app.askOften(6, "write");
    const decided = (decision: string) =>
      app.metric(`rate_limit_decisions_total{policy="write",decision="${decision}",mode="enforce"}`);
    expect(await decided("allowed")).toBe(2);
    expect(await decided("limited")).toBe(4);
    expect(await app.metric("rate_limit_store_up")).toBe(1);
    const asked = (outcome: string) => app.metric(`rate_limit_store_duration_seconds_count{outcome="${outcome}"}`);
    // Two that were allowed and the first refusal; the others come from memory, unless two seconds passed between them.
    expect(await asked("answered")).toBeGreaterThanOrEqual(3);
    expect(await asked("answered")).toBeLessThan(6);
    expect(await asked("failed")).toBe(0);
  });

  test("a principal has one count wherever it comes from, and login counts addresses whoever it is", async () => {
    const app = await start({ read: { points: 2 }, login: { points: 2 } });
    const statuses: number[] = [];
    for (const from of ["192.0.2.1", "192.0.2.2", "192.0.2.3"]) {
      statuses.push((await app.ask("read", { from, principal: "ada" })).status);
    }
    expect(statuses).toEqual([200, 200, 429]);
    expect((await app.ask("read", { from: "192.0.2.1", principal: "bob" })).status).toBe(200);
    expect((await app.ask("read", { from: "192.0.2.1" })).status).toBe(200);
    expect(app.reported).toEqual([{ kind: "rate-limit-exceeded", key: "ada", details: { policy: "read" } }]);
    const logins: number[] = [];
    for (const principal of ["ada", "bob", "eve"]) {
      logins.push((await app.ask("login", { from: "192.0.2.9", principal })).status);
    }
    expect(logins).toEqual([200, 200, 429]);
  });

  describe("the client behind one trusted proxy", () => {
    const refusedOf = async (from: (n: number) => string, times = 300) => {
      const app = await start({ read: { points: 10, seconds: 600 } });
      const asked = Array.from({ length: times }, (_, n) => app.ask("read", { from: from(n) }));
      const statuses = (await Promise.all(asked)).map(({ status }) => status);
      return statuses.filter((status) => status === 429).length;
    };

    test("is not who it says it is: 300 forged addresses share the real one's count", async () => {
      expect(await refusedOf((n) => `203.0.113.${n % 250}, 192.0.2.${n}, 198.51.100.7`)).toBe(290);
    });
    test("has one count for the 300 addresses it takes from its /64", async () => {
      expect(await refusedOf((n) => `2001:db8:0:7:${n.toString(16)}::1`)).toBe(290);
    });
    test("is the same in IPv4 and in IPv6's clothes", async () => {
      expect(await refusedOf((n) => (n % 2 === 0 ? "::ffff:192.0.2.1" : "192.0.2.1"), 30)).toBe(20);
    });
    test.each([
      ["unknown", () => "unknown"],
      ["random words", (n: number) => `client-${n}`],
      ["an address with a port", (n: number) => `192.0.2.1:${5000 + n}`],
      ["an address in brackets", () => "[::1]"],
      ["8 kB", (n: number) => `${n}${"x".repeat(8_000)}`],
    ])("counts for its connection's address when the header holds %s", async (_, from) => {
      expect(await refusedOf(from, 30)).toBe(20);
    });
  });

  test("the store holds neither addresses nor names, and everything in it expires", async () => {
    const app = await start({}, "anonymous");
    await app.ask("read", { from: "192.0.2.77", principal: "ada@example.com" });
    await app.ask("login", { from: "192.0.2.77" });
    const keys = (await valkey.command("keys", "anonymous:*")) as string[];
    expect(keys.toSorted()).toEqual([
      expect.stringMatching(/^anonymous:limit:login:[\w-]{22}$/),
      expect.stringMatching(/^anonymous:limit:read:[\w-]{22}$/),
    ]);
    for (const key of keys) {
      expect(await valkey.command("get", key)).toBe("1");
      expect(await valkey.command("ttl", key)).toBeGreaterThan(0);
    }
    expect(app.lines.length).toBeGreaterThan(0);
    expect(app.lines.join()).not.toMatch(/192\.0\.2\.77|ada@|redis:/);
    expect(app.lines.join()).not.toContain(valkey.password);
  });
});
