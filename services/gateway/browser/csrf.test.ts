import express from "express";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { authenticate } from "../auth/authenticate.ts";
import { authConfig } from "../auth/config.ts";
import { issueToken } from "../auth/issue-token.ts";
import { principalOf } from "../auth/principal.ts";
import { type Recorded, type RequestHeaders, recorded, startTestApp, type TestApp } from "../auth/testing/test-app.ts";
import { claims, hs256, token } from "../auth/testing/test-tokens.ts";
import { tokenVerifier } from "../auth/token-verifier.ts";
import { csrfProtection, csrfTokenHandler } from "./csrf.ts";
import { csrfTokenFor, isCsrfTokenOf } from "./csrf-token.ts";

const origin = "https://console.example";
const key = (name: string) => Buffer.from(name.padEnd(32, "-"));
const [oldSecret, newSecret] = [key("old"), key("new")];
let inUse: readonly [Uint8Array, ...Uint8Array[]] = [newSecret];
const secrets = { current: () => inUse };
const issue = (subject: string) => issueToken(newSecret.toString(), { subject, roles: ["operator"], minutes: 5 });

let parts: Recorded;
let app: TestApp;
let reached: string[] = [];
beforeAll(async () => {
  parts = recorded();
  const config = authConfig({ AUTH_ROLES_CLAIM: "roles", AUTH_SESSION_COOKIE: true });
  const verifier = tokenVerifier(config, { ...parts, secrets });
  app = await startTestApp(parts.log, (routes) => {
    routes.use(authenticate(verifier, { ...parts, sessionCookie: true }));
    routes.use(csrfProtection({ ...parts, secrets, origins: new Set([origin]) }));
    routes.get("/token", csrfTokenHandler(secrets));
    routes.all("/change", express.text({ type: "*/*" }), (request, response) => {
      reached.push(principalOf(response)?.id ?? "nobody");
      response.json({ body: request.body ?? null });
    });
  });
});
beforeEach(() => {
  inUse = [newSecret];
  reached = [];
  for (const list of [parts.lines, parts.reported]) list.length = 0;
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

/** A session as a browser holds it: the cookie, and the token its own page has asked for. */
async function signIn(subject: string): Promise<{ cookie: string; csrf: string }> {
  const cookie = `__Host-golive=${await issue(subject)}`;
  const answer = await app.send("GET", "/token", { cookie });
  expect(answer.status).toBe(200);
  expect(answer.headers["cache-control"]).toBe("no-store");
  return { cookie, csrf: JSON.parse(answer.text).token };
}

const json = { "content-type": "application/json" };
const change = (headers: RequestHeaders, method = "POST", body = "{}") =>
  app.send(method, "/change", { ...json, ...headers }, body);

test.each([
  ["a listed origin", { origin }],
  ["a listed origin of another site", { origin, "sec-fetch-site": "cross-site" }],
  ["the same origin by Sec-Fetch-Site", { "sec-fetch-site": "same-origin" }],
  ["the same origin by both", { "sec-fetch-site": "same-origin", origin: "https://api.example", host: "api.example" }],
])("the session's own page passes: %s", async (_what, headers) => {
  const { cookie, csrf } = await signIn("victim");
  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
    expect(await change({ cookie, "x-csrf-token": csrf, ...headers }, method)).toMatchObject({ status: 200 });
  }
  expect(reached).toEqual(Array(4).fill("victim"));
  expect(parts.reported).toEqual([]);
});

test("reading needs no token, from wherever", async () => {
  const { cookie } = await signIn("victim");
  for (const method of ["GET", "HEAD", "OPTIONS"]) {
    expect(await app.send(method, "/change", { cookie, origin: "https://evil.example" })).toMatchObject({
      status: 200,
    });
  }
});

test("a client that sends its token in the authorization header needs no CSRF token", async () => {
  const authorization = `Bearer ${await issue("client")}`;
  expect(await change({ authorization })).toMatchObject({ status: 200 });
  expect(await change({ authorization, origin: "https://evil.example" })).toMatchObject({ status: 200 });
  expect(await app.send("GET", "/token", { authorization })).toMatchObject({ status: 401 });
});

describe("GW-09 and fault 37: what a foreign page makes a browser send", () => {
  /** Each from what the victim's page would send: headers changed, and those that are gone. */
  const forged: [string, RequestHeaders, string][] = [
    ["origin of a neighbour's name", { origin: "https://console.example.evil" }, "origin"],
    ["origin with another scheme", { origin: "http://console.example" }, "origin"],
    ["origin null", { origin: "null" }, "origin"],
    ["origin null that claims the same site", { origin: "null", "sec-fetch-site": "same-origin" }, "origin"],
    ["foreign origin with its own site", { origin: "https://evil.example", "sec-fetch-site": "same-origin" }, "origin"],
    ["no origin, cross-site", { origin: [], "sec-fetch-site": "cross-site" }, "site"],
    ["no origin, same-site", { origin: [], "sec-fetch-site": "same-site" }, "site"],
    ["no origin, typed by the user", { origin: [], "sec-fetch-site": "none" }, "site"],
    ["no word about the page at all", { origin: [] }, "site"],
    ["JSON as text/plain", { "content-type": "text/plain" }, "body-type"],
    [
      "JSON as text/plain with parameters",
      { "content-type": "Text/Plain; charset=utf-8, application/json" },
      "body-type",
    ],
    ["JSON of no type", { "content-type": [] }, "body-type"],
    ["no token", { "x-csrf-token": [] }, "token-missing"],
    ["an empty token", { "x-csrf-token": "" }, "token"],
    ["another token", { "x-csrf-token": "A".repeat(43) }, "token"],
  ];
  test.each(forged)("%s is refused", async (_what, headers, reason) => {
    const { cookie, csrf } = await signIn("victim");
    const sent = { cookie, origin, "x-csrf-token": csrf, ...headers };
    const given = Object.fromEntries(
      Object.entries({ ...json, ...sent }).filter(([, value]) => value.length > 0 || value === ""),
    );
    const answer = await app.send("POST", "/change", given, "{}");
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.text)).toMatchObject({ type: "urn:golive:problem:csrf-refused" });
    expect(reached).toEqual([]);
    expect(parts.reported).toEqual([{ kind: "csrf-refused", key: "victim", details: { reason } }]);
    expect(parts.lines.join()).not.toContain(csrf);
  });

  test("the attacker's own token does not fit the victim's session", async () => {
    const [victim, attacker] = [await signIn("victim"), await signIn("attacker")];
    expect(await change({ cookie: victim.cookie, origin, "x-csrf-token": attacker.csrf })).toMatchObject({
      status: 403,
    });
    expect(reached).toEqual([]);
  });

  test("a token from before the login does not fit the session after it", async () => {
    const [before, after] = [await signIn("victim"), await signIn("victim")];
    expect(await change({ cookie: after.cookie, origin, "x-csrf-token": before.csrf })).toMatchObject({ status: 403 });
    expect(await change({ cookie: after.cookie, origin, "x-csrf-token": after.csrf })).toMatchObject({ status: 200 });
  });

  test("an attacker's whole pair beside the victim's cookie is refused, whichever comes first", async () => {
    const [victim, attacker] = [await signIn("victim"), await signIn("attacker")];
    for (const cookie of [`${attacker.cookie}; ${victim.cookie}`, `${victim.cookie}; ${attacker.cookie}`]) {
      expect(await change({ cookie, origin, "x-csrf-token": attacker.csrf })).toMatchObject({ status: 403 });
    }
    expect(reached).toEqual([]);
  });

  test("two tokens are refused, also when each fits", async () => {
    const { cookie, csrf } = await signIn("victim");
    expect(await change({ cookie, origin, "x-csrf-token": [csrf, csrf] })).toMatchObject({ status: 403 });
    expect(parts.reported[0]?.details).toEqual({ reason: "token-doubled" });
  });

  test("the session's token itself is no CSRF token", async () => {
    const { cookie } = await signIn("victim");
    const value = cookie.split("=")[1] ?? "";
    for (const guess of [value, value.split(".")[2] ?? ""]) {
      expect(await change({ cookie, origin, "x-csrf-token": guess })).toMatchObject({ status: 403 });
    }
  });
});

test("a body-less change needs no content type", async () => {
  const { cookie, csrf } = await signIn("victim");
  const answer = await app.send("DELETE", "/change", { cookie, origin, "x-csrf-token": csrf });
  expect(answer.status).toBe(200);
});

test("a form is fine with a token: only its own page has one", async () => {
  const { cookie, csrf } = await signIn("victim");
  const form = { "content-type": "application/x-www-form-urlencoded" };
  expect(await change({ cookie, origin, "x-csrf-token": csrf, ...form }, "POST", "a=b")).toMatchObject({ status: 200 });
  expect(await change({ cookie, origin, ...form }, "POST", "a=b")).toMatchObject({ status: 403 });
});

test("sessions and their tokens outlive a rotation of the secret, until the old one is taken away", async () => {
  inUse = [oldSecret];
  const cookie = `__Host-golive=${token({ alg: "HS256" }, claims(), hs256(oldSecret))}`;
  const csrf = JSON.parse((await app.send("GET", "/token", { cookie })).text).token;
  inUse = [newSecret, oldSecret];
  expect(await change({ cookie, origin, "x-csrf-token": csrf })).toMatchObject({ status: 200 });
  const renewed = JSON.parse((await app.send("GET", "/token", { cookie })).text).token;
  expect(renewed).not.toBe(csrf);
  expect(await change({ cookie, origin, "x-csrf-token": renewed })).toMatchObject({ status: 200 });
  inUse = [newSecret];
  expect(await change({ cookie, origin, "x-csrf-token": renewed })).toMatchObject({ status: 401 });
});

test("a signature of the same text for another purpose is no CSRF token", () => {
  const signature = hs256(newSecret)("session").toString("base64url");
  expect(isCsrfTokenOf("session", signature, secrets)).toBe(false);
});

test("a token fits its own session and no other text", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (session, other, text) => {
      fc.pre(session !== other);
      const own = csrfTokenFor(session, secrets);
      expect(isCsrfTokenOf(session, own, secrets)).toBe(true);
      expect(isCsrfTokenOf(other, own, secrets)).toBe(false);
      expect(isCsrfTokenOf(session, text, secrets)).toBe(false);
      expect(isCsrfTokenOf(session, `${own}=`, secrets)).toBe(false);
    }),
  );
});
