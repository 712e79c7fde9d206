import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startValkey, type ValkeyServer, valkeyMissing } from "../testing/valkey-server.ts";
import { limitState, resetLimit } from "./operator-view.ts";
import { startLimitedApp, until } from "./testing/limited-app.ts";

describe.skipIf(valkeyMissing())("an operator", () => {
  let valkey: ValkeyServer;
  beforeAll(async () => {
    valkey = await startValkey();
  });
  afterAll(async () => {
    await valkey?.stop();
  });
  const start = async (stack: string) => {
    const changes = { read: { points: 2, seconds: 600 }, login: { points: 1, seconds: 600 } };
    const app = await startLimitedApp({ url: valkey.url, changes, storeTimeoutMs: 1_000, stack });
    await until(() => app.limits.isShared, "the connection to the store");
    return app;
  };

  test("sees how an address and a principal stand", async () => {
    await using app = await start("seen");
    await app.askOften(2, "login", { from: "2001:db8::1" });
    await app.ask("read", { from: "2001:db8::1", principal: "ada" });
    const states = await limitState(app.limits, { address: "2001:db8::2" });
    expect(states.map(({ policy }) => policy)).toEqual(["login", "write", "read", "proxy", "expensive"]);
    const window = { mode: "enforce", seconds: 600, source: "store" };
    expect(states[0]).toMatchObject({ ...window, points: 1, used: 2, remaining: 0 });
    expect(states[0]?.resetsInSeconds).toBeGreaterThan(500);
    expect(states[2]).toMatchObject({ ...window, points: 2, used: 0, remaining: 2, resetsInSeconds: 0 });
    const ofAda = await limitState(app.limits, { principal: "ada" });
    expect(ofAda.map(({ policy, used }) => [policy, used])).toEqual([
      ["write", 0],
      ["read", 1],
      ["proxy", 0],
      ["expensive", 0],
    ]);
  });

  test("ends a window on every replica, also on those that refuse from memory", async () => {
    await using one = await start("reset");
    await using two = await start("reset");
    for (const app of [one, two]) await app.askOften(5, "read");
    expect((await two.ask("read")).status).toBe(429);
    await resetLimit(one.limits, { address: "127.0.0.1" }, "read");
    expect((await one.ask("read")).status).toBe(200);
    await until(async () => (await two.ask("read")).status === 200, "the other replica's change of mind");
  });

  test("ends the windows of all policies at once", async () => {
    await using app = await start("all");
    await app.askOften(3, "read");
    await app.askOften(3, "login");
    await resetLimit(app.limits, { address: "127.0.0.1" });
    expect((await app.ask("read")).status).toBe(200);
    expect((await app.ask("login")).status).toBe(200);
  });

  test("is told when the counts cannot be reached", async () => {
    await using app = await start("gone");
    await valkey.kill();
    await until(() => !app.limits.isShared, "the loss of the store");
    const refused = { type: "limiter-unavailable", status: 503 };
    await expect(limitState(app.limits, { principal: "ada" })).rejects.toMatchObject(refused);
    await expect(resetLimit(app.limits, { principal: "ada" })).rejects.toMatchObject(refused);
  });
});

test("without a store an operator sees and ends this replica's own windows", async () => {
  await using app = await startLimitedApp({ changes: { read: { points: 2 } } });
  await app.askOften(3, "read");
  const [state] = (await limitState(app.limits, { address: "127.0.0.1" })).filter(({ policy }) => policy === "read");
  expect(state).toMatchObject({ used: 3, remaining: 0, source: "replica" });
  await resetLimit(app.limits, { address: "127.0.0.1" });
  expect((await app.ask("read")).status).toBe(200);
});
