import { generateKeyPairSync } from "node:crypto";
import type { ServerResponse } from "node:http";
import { Registry } from "@prometheus-io/client";
import { errors } from "jose";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePort } from "../../../tests/free-port.ts";
import { createLogger } from "../telemetry/log.ts";
import { Jwks, type JwksTimes, jwksTimes } from "./jwks.ts";
import { AuthMetrics } from "./metrics.ts";
import { IdentityUnavailable } from "./refusals.ts";
import { type JwksAnswer, type JwksServer, startJwksServer, withKeys } from "./testing/jwks-server.ts";
import { jwk, makeTestKeys } from "./testing/test-tokens.ts";

const { jwks: published } = makeTestKeys();
const known = { alg: "ES256", kid: "es256" };
const rotated = { alg: "ES256", kid: "next" };
const nextKey = jwk(generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey, "next", "ES256");

let server: JwksServer;
beforeEach(async () => {
  server = await startJwksServer(withKeys(published));
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

/** A key source whose clock stands until a test moves it. */
function source(url = server.url, times: Partial<JwksTimes> = {}) {
  const lines: { level: string; message: string }[] = [];
  const log = createLogger("info", { write: (line) => void lines.push(JSON.parse(line)) });
  const registry = new Registry();
  const metrics = new AuthMetrics(registry);
  let now = 1_000_000;
  const jwks = new Jwks(url, { log, metrics, times: { ...jwksTimes, ...times }, now: () => now });
  const pass = (ms: number) => {
    now += ms;
  };
  return { jwks, lines, registry, pass };
}

/** Until the provider was asked `count` times and what it said has been taken in. */
async function untilFetched({ registry }: { registry: Registry }, count: number): Promise<void> {
  for (const until = Date.now() + 20_000; ; ) {
    const values = (await registry.getSingleMetric("jwks_fetches_total")?.get())?.values ?? [];
    const total = values.reduce((sum, { value }) => sum + Number(value), 0);
    if (total >= count) return;
    if (Date.now() > until) throw new Error(`${total} fetches were over after 20 s, not ${count}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("keys are fetched once for all who need them", async () => {
  const { jwks } = source();
  const found = await Promise.all(Array.from({ length: 50 }, () => jwks.find(known)));
  expect(found.every(({ type }) => type === "public")).toBe(true);
  expect(server.requests).toBe(1);
});

test("an unknown key id costs one fetch in a cooldown, however many come", async () => {
  const { jwks, pass } = source();
  const strangers = () =>
    Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        expect(jwks.find({ alg: "ES256", kid: `${n}` })).rejects.toThrow(errors.JWKSNoMatchingKey),
      ),
    );
  await jwks.find(known);
  pass(jwksTimes.cooldownMs);
  await strangers();
  expect(server.requests).toBe(2);
  pass(jwksTimes.cooldownMs - 1);
  await strangers();
  expect(server.requests).toBe(2);
  pass(1);
  await strangers();
  expect(server.requests).toBe(3);
});

test("a key that was published since is found", async () => {
  const { jwks, pass } = source();
  await jwks.find(known);
  server.answer = withKeys([...published, nextKey]);
  pass(jwksTimes.cooldownMs);
  expect(await jwks.find(rotated)).toMatchObject({ type: "public" });
});

test("a key that was withdrawn is gone once the keys are renewed", async () => {
  const parts = source();
  await parts.jwks.find(known);
  server.answer = withKeys([nextKey]);
  parts.pass(jwksTimes.freshForMs);
  await parts.jwks.find(known);
  await untilFetched(parts, 2);
  await expect(parts.jwks.find(known)).rejects.toThrow(errors.JWKSNoMatchingKey);
});

test("fault 36: while the provider is down its last keys are used, one log line tells, and it comes back by itself", async () => {
  const parts = source();
  await parts.jwks.find(known);
  await server.stop();
  for (let round = 2; round < 5; round++) {
    parts.pass(jwksTimes.freshForMs);
    await Promise.all([parts.jwks.find(known), parts.jwks.find(known)]);
    await untilFetched(parts, round);
  }
  await expect(parts.jwks.find(rotated)).rejects.toThrow(errors.JWKSNoMatchingKey);
  await server.start();
  server.answer = withKeys([...published, nextKey]);
  parts.pass(jwksTimes.cooldownMs);
  expect(await parts.jwks.find(rotated)).toMatchObject({ type: "public" });
  expect(parts.lines.map(({ level }) => level)).toEqual(["error", "info"]);
});

test("keys that could not be renewed for a day are used no longer", async () => {
  const { jwks, pass } = source();
  await jwks.find(known);
  await server.stop();
  pass(jwksTimes.staleForMs - 1);
  await jwks.find(known);
  pass(1 + jwksTimes.retryAfterMs);
  await expect(jwks.find(known)).rejects.toThrow(IdentityUnavailable);
  await server.start();
  pass(jwksTimes.retryAfterMs);
  expect(await jwks.find(known)).toMatchObject({ type: "public" });
});

test("a provider that was never there is asked again only after a pause", async () => {
  const { jwks, pass, registry } = source(new URL(`http://127.0.0.1:${await freePort()}/keys`));
  const tries = () =>
    Promise.all(Array.from({ length: 20 }, () => expect(jwks.find(known)).rejects.toThrow(IdentityUnavailable)));
  await tries();
  await tries();
  expect(await registry.metrics()).toContain('jwks_fetches_total{outcome="failed"} 1');
  pass(jwksTimes.retryAfterMs);
  await tries();
  expect(await registry.metrics()).toContain('jwks_fetches_total{outcome="failed"} 2');
});

test("a provider that hangs holds up nobody who has keys, and others until the limit", async () => {
  const hung: ServerResponse[] = [];
  server.answer = (response) => void hung.push(response);
  const { jwks } = source(server.url, { timeoutMs: 300 });
  const began = performance.now();
  await expect(jwks.find(known)).rejects.toThrow(IdentityUnavailable);
  expect(performance.now() - began).toBeGreaterThanOrEqual(290);

  server.answer = withKeys(published);
  const warm = source(server.url, { timeoutMs: 60_000 });
  await warm.jwks.find(known);
  server.answer = (response) => void hung.push(response);
  warm.pass(jwksTimes.freshForMs);
  expect(await warm.jwks.find(known)).toMatchObject({ type: "public" });
});

describe("an answer that is no key set", () => {
  const text = (body: string, status = 200) => ((response) => void response.writeHead(status).end(body)) as JwksAnswer;
  const redirect: JwksAnswer = (response) => {
    if (response.req.url === "/other") withKeys(published)(response);
    else response.writeHead(302, { location: "/other" }).end();
  };
  const drip: JwksAnswer = (response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write(" "), 10);
    response.once("close", () => clearInterval(timer));
  };
  test.each<[string, JwksAnswer, string]>([
    ["a page", text("<html>canary</html>"), "not JSON"],
    ["nothing", text(""), "not JSON"],
    ["another object", text("{}"), "malformed"],
    ["a list", text("[]"), "malformed"],
    ["keys that are no objects", text('{"keys":[1]}'), "malformed"],
    ["no keys", text('{"keys":[]}'), "no public key"],
    ["only a secret", text('{"keys":[{"kty":"oct","k":"AAAA"}]}'), "no public key"],
    ["an error", text(JSON.stringify({ keys: published }), 500), "status 500"],
    ["2 MB", text(`{"keys":[],"x":"${"x".repeat(2 * 1024 * 1024)}"}`), "longer than"],
    ["a connection that breaks", (response) => void response.destroy(), "fetch failed"],
    [
      "a body that breaks",
      (response) => void response.writeHead(200).write("{", () => response.destroy()),
      "terminated",
    ],
    ["a redirect to good keys", redirect, "fetch failed"],
    ["a body that never ends", drip, "timeout"],
  ])("%s is a failure, and leaves the keys that were there", async (_what, answer, message) => {
    const parts = source(server.url, { timeoutMs: 2_000 });
    await parts.jwks.find(known);
    server.answer = answer;
    parts.pass(jwksTimes.freshForMs);
    await parts.jwks.find(known);
    await untilFetched(parts, 2);
    expect(await parts.jwks.find(known)).toMatchObject({ type: "public" });
    expect(parts.lines).toHaveLength(1);
    expect(JSON.stringify(parts.lines[0])).toContain(message);
    expect(JSON.stringify(parts.lines[0])).not.toContain("canary");

    const cold = source(server.url, { timeoutMs: 300 });
    await expect(cold.jwks.find(known)).rejects.toThrow(IdentityUnavailable);
  });
});

test("one of a thousand keys is found by its id, and none is guessed without", async () => {
  const many = Array.from({ length: 999 }, (_, n) => ({ ...published[2], kid: `key-${n}` }));
  server.answer = withKeys([...many, nextKey]);
  const { jwks } = source();
  expect(await jwks.find(rotated)).toMatchObject({ type: "public" });
  await expect(jwks.find({ alg: "ES256" })).rejects.toThrow(errors.JWKSMultipleMatchingKeys);
});

test("the age of the keys is a metric", async () => {
  const { jwks, registry } = source();
  expect(await registry.metrics()).toMatch(/^jwks_age_seconds NaN$/im);
  await jwks.find(known);
  expect(await registry.metrics()).toMatch(/^jwks_age_seconds \d/m);
});
