import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { freePort } from "../../../tests/free-port.ts";
import { startValkey, type ValkeyServer, valkeyMissing } from "../testing/valkey-server.ts";
import { type LimitedApp, startLimitedApp, until } from "./testing/limited-app.ts";
import { startTcpRelay } from "./testing/tcp-relay.ts";

const limitMs = 50;
/** What a timer, the loop and a busy machine may add. */
const toleranceMs = 15;
const changes = { read: { points: 3, seconds: 600 }, login: { points: 3, seconds: 600 } };

/** Decisions without HTTP around them: the quickest of five shows what the code waits for, and not what the machine does besides. */
async function quickestDecisionMs(app: LimitedApp): Promise<number> {
  let quickest = Number.POSITIVE_INFINITY;
  for (let n = 0; n < 5; n += 1) {
    const started = performance.now();
    const decision = await app.limits.of("write").decide(`key-${n}`);
    quickest = Math.min(quickest, performance.now() - started);
    expect(decision).toMatchObject({ kind: "counted", degraded: true });
  }
  return quickest;
}

/** Reading goes on by this replica's own count, logging in does not. */
async function expectDegraded(app: LimitedApp): Promise<void> {
  const read = await app.ask("read", { from: "192.0.2.50" });
  expect(read.status).toBe(200);
  expect(read.headers["x-ratelimit-mode"]).toBe("degraded");
  expect(read.headers["ratelimit"]).toMatch(/^"read";r=\d;t=\d+$/);
  const login = await app.ask("login", { from: "192.0.2.50" });
  expect(login.status).toBe(503);
  expect(login.headers).toMatchObject({ "x-ratelimit-mode": "degraded", "retry-after": "2" });
  expect(JSON.parse(login.text)).toMatchObject({ type: "urn:golive:problem:limiter-unavailable" });
}

async function untilShared(app: LimitedApp): Promise<void> {
  await until(() => app.limits.isShared, "the connection to the store");
  const { status, headers } = await app.ask("read", { from: "192.0.2.60" });
  expect({ status, mode: headers["x-ratelimit-mode"] }).toEqual({ status: 200, mode: undefined });
  expect(await app.metric("rate_limit_store_up")).toBe(1);
}

const decided = (policy: string, decision: string, mode: string) =>
  `rate_limit_decisions_total{policy="${policy}",decision="${decision}",mode="${mode}"}`;

describe.skipIf(valkeyMissing())("the store", () => {
  let valkey: ValkeyServer;
  beforeAll(async () => {
    valkey = await startValkey();
  });
  beforeEach(async () => {
    await valkey.command("flushall");
  });
  afterAll(async () => {
    await valkey?.stop();
  });

  test("is lost and comes back: counted here meanwhile, shared again without a restart", async () => {
    await using app = await startLimitedApp({ url: valkey.url, changes, storeTimeoutMs: 1_000 });
    await untilShared(app);
    await valkey.kill();
    try {
      await until(() => !app.limits.isShared, "the loss of the store");
      await expectDegraded(app);
      expect(await quickestDecisionMs(app)).toBeLessThan(toleranceMs);
      expect(await app.metric("rate_limit_store_up")).toBe(0);
      expect(await app.askOften(5, "read", { from: "192.0.2.51" })).toEqual({ 200: 3, 429: 2 });
      expect(app.reported).toEqual([{ kind: "rate-limit-exceeded", key: "192.0.2.51", details: { policy: "read" } }]);
      expect(await app.metric(decided("read", "limited", "degraded"))).toBe(2);
      expect(await app.metric(decided("login", "error", "degraded"))).toBe(1);
    } finally {
      await valkey.restart();
    }
    await untilShared(app);
    const told = app.lines.filter((line) => /rate limits/.test(line)).map((line) => JSON.parse(line).level);
    expect(told).toEqual(["info", "warn", "info"]);
    expect(app.lines.join()).not.toContain(valkey.password);
  });

  test("is not there at the start: the limits begin without it and find it later", async () => {
    await using relay = await startTcpRelay(await freePort());
    const url = `redis://:${valkey.password}@127.0.0.1:${relay.port}`;
    await using app = await startLimitedApp({ url, changes, storeTimeoutMs: 1_000 });
    await until(() => relay.accepted > 1, "a second try to connect");
    await expectDegraded(app);
    relay.leadTo(valkey.port);
    await untilShared(app);
  });

  test("stops answering: a request waits no longer than the limit, and soon not at all", async () => {
    await using app = await startLimitedApp({ url: valkey.url, changes, storeTimeoutMs: limitMs });
    await until(() => app.limits.isShared, "the connection to the store");
    valkey.pause();
    try {
      const waited = await quickestDecisionMs(app);
      expect(waited).toBeGreaterThan(limitMs - 5);
      expect(waited).toBeLessThan(limitMs + toleranceMs);
      await expectDegraded(app);
      expect(await app.metric("rate_limit_store_up")).toBe(0);
      await until(() => !app.limits.isShared, "the end of the silent connection");
      expect(await quickestDecisionMs(app)).toBeLessThan(toleranceMs);
    } finally {
      valkey.resume();
    }
    await until(() => app.limits.isShared, "the connection to the store");
  });

  test("answers two seconds late: decided within the limit all the same", async () => {
    await using relay = await startTcpRelay(valkey.port);
    const url = `redis://:${valkey.password}@127.0.0.1:${relay.port}`;
    await using app = await startLimitedApp({ url, changes, storeTimeoutMs: limitMs });
    await until(() => app.limits.isShared, "the connection to the store");
    relay.delayAnswers(2_000);
    expect(await quickestDecisionMs(app)).toBeLessThan(limitMs + toleranceMs);
    await expectDegraded(app);
  });

  test("becomes a replica by a failover: the name is asked again and leads to the new primary", async () => {
    const heir = await startValkey({ password: valkey.password });
    try {
      await using relay = await startTcpRelay(valkey.port);
      const url = `redis://:${valkey.password}@127.0.0.1:${relay.port}`;
      await using app = await startLimitedApp({ url, changes, storeTimeoutMs: 1_000 });
      await untilShared(app);
      await valkey.command("replicaof", heir.host, String(heir.port));
      relay.leadTo(heir.port);
      // The old connection lives on and answers pings; only the refused write tells.
      const mode = async () => (await app.ask("read", { from: "192.0.2.70" })).headers["x-ratelimit-mode"];
      expect(await mode()).toBe("degraded");
      await until(async () => (await mode()) === undefined, "a count of the new primary");
      await untilShared(app);
      expect(await heir.command("keys", "test:limit:read:*")).toHaveLength(2);
      expect(relay.accepted).toBe(2);
    } finally {
      await valkey.command("replicaof", "no", "one");
      await heir.stop();
    }
  });

  test("has another password: degraded, and no log tells the one that was tried", async () => {
    await using app = await startLimitedApp({ url: `redis://:canary-secret@127.0.0.1:${valkey.port}`, changes });
    await until(() => app.lines.some((line) => /WRONGPASS/.test(line)), "the reason in the log");
    await expectDegraded(app);
    expect(app.lines.join()).not.toContain("canary-secret");
  });

  test("is full: what it cannot count is counted here", async () => {
    await using app = await startLimitedApp({ url: valkey.url, changes, storeTimeoutMs: 1_000 });
    await untilShared(app);
    await valkey.command("config", "set", "maxmemory", "1");
    try {
      await expectDegraded(app);
      expect(await app.metric("rate_limit_store_up")).toBe(0);
    } finally {
      await valkey.command("config", "set", "maxmemory", "0");
    }
    await untilShared(app);
  });
});

test("a store that takes connections and never says a word is not waited for", async () => {
  await using relay = await startTcpRelay();
  await using app = await startLimitedApp({ url: `redis://127.0.0.1:${relay.port}`, changes, storeTimeoutMs: limitMs });
  await until(() => relay.accepted > 0, "a connection");
  await expectDegraded(app);
  expect(await quickestDecisionMs(app)).toBeLessThan(toleranceMs);
  await until(() => relay.accepted > 1, "another try");
});

test("without a store this replica's count is the count, for logins too, and the scrape says that none is shared", async () => {
  await using app = await startLimitedApp({ changes });
  expect(await app.askOften(5, "login")).toEqual({ 200: 3, 429: 2 });
  const { headers } = await app.ask("login");
  expect(headers["x-ratelimit-mode"]).toBe("degraded");
  expect(await app.metric("rate_limit_store_up")).toBe(0);
  expect(app.lines.join()).toContain("VALKEY_URL is not set");
});

test("a policy on trial refuses nobody for want of the store either", async () => {
  await using relay = await startTcpRelay();
  const onTrial = { login: { mode: "dry-run" } };
  await using app = await startLimitedApp({ url: `redis://127.0.0.1:${relay.port}`, changes: onTrial });
  expect((await app.ask("login")).status).toBe(200);
  expect(await app.metric(decided("login", "error", "dry-run"))).toBe(1);
});

test("every series that an alert watches is there before the first request", async () => {
  await using app = await startLimitedApp();
  for (const policy of ["login", "write", "read", "proxy", "expensive"]) {
    for (const mode of ["enforce", "degraded", "dry-run"]) {
      expect(await app.metric(decided(policy, "limited", mode))).toBe(0);
    }
  }
});

test("a hundred thousand clients without the store take the memory of twenty thousand a policy", async () => {
  await using app = await startLimitedApp();
  const limiter = app.limits.of("read");
  for (let n = 0; n < 100_000; n += 1) await limiter.decide(`key-${n}`);
  expect(limiter.localKeys).toBeGreaterThan(9_000);
  expect(limiter.localKeys).toBeLessThanOrEqual(20_000);
});
