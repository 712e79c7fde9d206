import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { freePort } from "../../../tests/free-port.ts";
import { authenticate } from "./authenticate.ts";
import { authConfig } from "./config.ts";
import { issueToken } from "./issue-token.ts";
import { principalOf, type Role } from "./principal.ts";
import { requireAccess } from "./require-access.ts";
import { cookieSessionOf } from "./session.ts";
import { type Recorded, recorded, startTestApp, type TestApp } from "./testing/test-app.ts";
import { claims, hs256, token } from "./testing/test-tokens.ts";
import { tokenVerifier } from "./token-verifier.ts";

const secret = "0123456789abcdef0123456789abcdef";
const secrets = { current: () => [Buffer.from(secret)] as const };
const issue = (...roles: Role[]) => issueToken(secret, { subject: "ada", roles, minutes: 5 });
const bearer = async (...roles: Role[]) => ({ authorization: `Bearer ${await issue(...roles)}` });

async function start(
  parts: Recorded,
  { sessionCookie = true, jwksUrl }: { sessionCookie?: boolean; jwksUrl?: URL } = {},
) {
  const config = { ...authConfig({ AUTH_ROLES_CLAIM: "roles", AUTH_SESSION_COOKIE: sessionCookie }), jwksUrl };
  const verifier = tokenVerifier(config, { ...parts, secrets });
  return startTestApp(parts.log, (app) => {
    app.use(authenticate(verifier, { ...parts, sessionCookie }));
    app.get("/public", requireAccess("public", parts), (_request, response) => {
      response.json({ principal: principalOf(response) ?? null, session: cookieSessionOf(response) ?? null });
    });
    for (const role of ["viewer", "operator", "admin"] as const) {
      const answer = (_: unknown, response: { end(text: string): void }) => response.end("secret");
      app.get(`/${role}`, requireAccess(role, parts), answer);
      app.post(`/${role}`, requireAccess(role, parts), answer);
    }
  });
}

let parts: Recorded;
let app: TestApp;
beforeAll(async () => {
  parts = recorded();
  app = await start(parts);
});
beforeEach(() => {
  for (const list of [parts.lines, parts.reported, parts.users]) list.length = 0;
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

test("a token says who sent the request, whatever the case of the scheme", async () => {
  const text = await issue("operator");
  for (const scheme of ["Bearer", "bearer", "BEARER", "bEaReR "]) {
    const { status, text: body } = await app.send("GET", "/public", { authorization: `${scheme} ${text}` });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toEqual({ principal: { id: "ada", roles: ["operator"] }, session: null });
  }
  expect(new Set(parts.users)).toEqual(new Set(["ada"]));
});

test("without credentials nobody is there, and only what is public answers", async () => {
  const open = await app.send("GET", "/public");
  expect(JSON.parse(open.text)).toEqual({ principal: null, session: null });
  const closed = await app.send("GET", "/viewer");
  expect(closed.status).toBe(401);
  expect(closed.headers["www-authenticate"]).toBe("Bearer");
  expect(JSON.parse(closed.text)).toMatchObject({ type: "urn:golive:problem:unauthenticated" });
  expect(parts.reported).toEqual([]);
});

test.each<[Role[], [number, number, number]]>([
  [[], [403, 403, 403]],
  [["viewer"], [200, 403, 403]],
  [["operator"], [200, 200, 403]],
  [["admin"], [200, 200, 200]],
  [
    ["viewer", "admin"],
    [200, 200, 200],
  ],
])("roles %j reach viewer, operator, admin: %j", async (roles, statuses) => {
  const headers = await bearer(...roles);
  const answers = await Promise.all(["/viewer", "/operator", "/admin"].map((path) => app.send("GET", path, headers)));
  expect(answers.map(({ status }) => status)).toEqual(statuses);
  const refused = answers.filter(({ status }) => status === 403);
  for (const { headers: given } of refused) expect(given["www-authenticate"]).toBe('Bearer error="insufficient_scope"');
  expect(parts.reported.filter(({ kind, key }) => kind === "forbidden" && key === "ada")).toHaveLength(refused.length);
});

test.each([
  ["of another scheme", { authorization: "Basic YTpi" }, "scheme"],
  ["empty", { authorization: "" }, "scheme"],
  ["without a token", { authorization: "Bearer" }, "scheme"],
  ["with two tokens", { authorization: "Bearer a.b.c d.e.f" }, "scheme"],
  ["that is no token", { authorization: "Bearer canary" }, "malformed"],
  ["with a token beyond 8 kB", { authorization: `Bearer ${"canary".repeat(2000)}` }, "too-large"],
])("an authorization header %s ends the request, on public addresses too", async (_what, headers, reason) => {
  const answer = await app.send("GET", "/public", headers);
  expect(answer.status).toBe(401);
  expect(answer.headers["www-authenticate"]).toBe('Bearer error="invalid_token"');
  expect(answer.headers["cache-control"]).toBe("no-store");
  expect(parts.reported).toEqual([{ kind: "authentication-failure", key: "127.0.0.1", details: { reason } }]);
  expect(parts.lines.join()).toContain(`"reason":"${reason}"`);
  expect(parts.lines.join() + answer.text).not.toContain("canary");
});

test("two authorization headers are refused, also when each of them is good", async () => {
  const { authorization } = await bearer("admin");
  const answer = await app.send("GET", "/admin", { authorization: [authorization, authorization] });
  expect(answer.status).toBe(401);
  expect(parts.reported[0]?.details).toEqual({ reason: "doubled-header" });
});

test("a token in the query string or the body is nobody's", async () => {
  const text = await issue("admin");
  for (const name of ["token", "access_token", "authorization"]) {
    expect(await app.send("GET", `/admin?${name}=${text}`)).toMatchObject({ status: 401 });
  }
  const form = { "content-type": "application/x-www-form-urlencoded" };
  expect(await app.send("POST", "/admin", form, `access_token=${text}`)).toMatchObject({ status: 401 });
});

test("fault 36: a refused token leaves no user behind and no trace of itself", async () => {
  const bad = [
    token({ alg: "HS256" }, claims({ exp: 1_000_000, sub: "canary" }), hs256(secret)),
    token({ alg: "none" }, claims({ sub: "canary", roles: ["admin"] }), () => Buffer.from("x")),
    token({ alg: "RS256", kid: "canary" }, claims({ sub: "canary" }), hs256(secret)),
    token({ alg: "HS256" }, claims({ aud: "canary", sub: "canary" }), hs256(secret)),
    token({ alg: "HS256" }, claims({ sub: "canary" }), hs256("canary".repeat(8))),
  ];
  const details: string[] = [];
  for (const text of bad) {
    const answer = await app.send("GET", "/admin", { authorization: `Bearer ${text}` });
    expect(answer.status).toBe(401);
    details.push(JSON.parse(answer.text).detail);
    for (const piece of ["canary", ...text.split(".").filter(({ length }) => length > 8)]) {
      expect(parts.lines.join() + JSON.stringify(parts.reported) + answer.text).not.toContain(piece);
    }
  }
  expect(parts.users).toEqual([]);
  expect(parts.reported.map(({ details: given }) => given?.reason)).toEqual([
    "expired",
    "algorithm",
    "algorithm",
    "audience",
    "signature",
  ]);
  // The client learns what it can act upon, and no more.
  expect(new Set(details)).toEqual(
    new Set(["the token has expired; get a new one", "the credentials are not valid here"]),
  );
});

test("outcomes are counted, and each exists as a zero before its first time", async () => {
  const fresh = recorded();
  expect(await fresh.registry.metrics()).toContain('authentications_total{outcome="signature"} 0');
  await using running = await start(fresh);
  await running.send("GET", "/public");
  await running.send("GET", "/public", await bearer("viewer"));
  await running.send("GET", "/public", { authorization: "Bearer x" });
  const text = await fresh.registry.metrics();
  for (const outcome of ["anonymous", "accepted", "malformed"]) {
    expect(text).toContain(`authentications_total{outcome="${outcome}"} 1`);
  }
});

test("fault 36: keys that cannot be had are our fault and not the client's", async () => {
  const fresh = recorded();
  const jwksUrl = new URL(`http://127.0.0.1:${await freePort()}/keys`);
  await using running = await start(fresh, { jwksUrl });
  const text = token({ alg: "RS256", kid: "k" }, claims(), hs256(secret));
  const answer = await running.send("GET", "/viewer", { authorization: `Bearer ${text}` });
  expect(answer.status).toBe(503);
  expect(answer.headers["retry-after"]).toBe("5");
  expect(JSON.parse(answer.text)).toMatchObject({ type: "urn:golive:problem:identity-unavailable" });
  expect(fresh.reported).toEqual([]);
  expect(fresh.lines.join()).not.toContain(text.split(".")[1]);
  // What needs no such key goes on.
  expect(await running.send("GET", "/public")).toMatchObject({ status: 200 });
  expect(await running.send("GET", "/viewer", await bearer("viewer"))).toMatchObject({ status: 200 });
});

describe("the session cookie", () => {
  const cookie = (value: string) => ({ cookie: `theme=dark; __Host-golive=${value}; a=b` });

  test("is a credential where it is configured, and marks the request", async () => {
    const answer = await app.send("GET", "/public", cookie(await issue("viewer")));
    expect(JSON.parse(answer.text)).toEqual({
      principal: { id: "ada", roles: ["viewer"] },
      session: expect.stringContaining("ada"),
    });
  });

  test("is none where it is not", async () => {
    await using running = await start(recorded(), { sessionCookie: false });
    expect(await running.send("GET", "/viewer", cookie(await issue("viewer")))).toMatchObject({ status: 401 });
  });

  test("steps back behind an authorization header, good or bad", async () => {
    const both = { ...cookie(await issue("admin")), ...(await bearer("viewer")) };
    expect(JSON.parse((await app.send("GET", "/public", both)).text)).toMatchObject({
      principal: { roles: ["viewer"] },
      session: null,
    });
    expect(await app.send("GET", "/public", { ...both, authorization: "Bearer x" })).toMatchObject({ status: 401 });
  });

  test.each([
    ["in one header", (one: string, two: string) => `__Host-golive=${one}; __Host-golive=${two}`],
    ["in two headers", (one: string, two: string) => [`__Host-golive=${one}`, `__Host-golive=${two}`]],
  ])("is refused when it comes twice %s", async (_what, twice) => {
    const both = twice(await issue("viewer"), await issue("admin"));
    const answer = await app.send("GET", "/viewer", { cookie: both });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.text)).toMatchObject({ type: "urn:golive:problem:csrf-refused" });
    expect(parts.reported).toEqual([{ kind: "csrf-refused", key: "127.0.0.1", details: { reason: "doubled-cookie" } }]);
  });

  test.each(["__host-golive", "__Host-golive2", "x__Host-golive", "golive"])("is not %s", async (name) => {
    const answer = await app.send("GET", "/viewer", { cookie: `${name}=${await issue("viewer")}` });
    expect(answer.status).toBe(401);
    expect(parts.reported).toEqual([]);
  });

  test("that is empty is none, and one that no CSRF token can be bound to is refused", async () => {
    expect(await app.send("GET", "/public", cookie(""))).toMatchObject({ status: 200 });
    const unbound = token({ alg: "HS256" }, claims({ jti: undefined, iat: undefined }), hs256(secret));
    expect(await app.send("GET", "/public", cookie(unbound))).toMatchObject({ status: 401 });
    expect(await app.send("GET", "/public", { authorization: `Bearer ${unbound}` })).toMatchObject({ status: 200 });
  });
});

describe("GW-03: variants of a guarded address", () => {
  const variants: [string, string, Record<string, string>, number][] = [
    ["GET", "/admin", {}, 401],
    ["GET", "/admin?x", {}, 401],
    ["GET", "/admin#x", {}, 401],
    ["HEAD", "/admin", {}, 401],
    ["POST", "/admin", { "x-http-method-override": "GET" }, 401],
    ["POST", "/admin", { "x-method-override": "OPTIONS" }, 401],
    ["GET", "/admin", { "x-original-url": "/public", "x-rewrite-url": "/public" }, 401],
    ["GET", "/ADMIN", {}, 404],
    ["GET", "/admin/", {}, 404],
    ["GET", "//admin", {}, 404],
    ["GET", "/./admin", {}, 404],
    ["GET", "/public/../admin", {}, 404],
    ["GET", "/%61dmin", {}, 404],
    ["GET", "/admin%00", {}, 404],
    ["GET", "/admin%20", {}, 404],
    ["GET", "/admin%2f", {}, 404],
    ["GET", "/admin;x=1", {}, 404],
    ["GET", "/adminx", {}, 404],
    ["GET", "/admin.json", {}, 404],
    ["GET", "\\admin", {}, 400],
  ];

  test.each(variants)("%s %s %j without a token is %i", async (method, path, headers, status) => {
    const answer = await app.send(method, path, headers);
    expect(answer.status).toBe(status);
    expect(answer.text).not.toContain("secret");
  });

  test("with a token the address itself answers, and its neighbours do not", async () => {
    const headers = await bearer("admin");
    expect(await app.send("GET", "/admin?x", headers)).toMatchObject({ status: 200, text: "secret" });
    expect(await app.send("GET", "/admin/", headers)).toMatchObject({ status: 404 });
    expect(await app.send("GET", "/ADMIN", headers)).toMatchObject({ status: 404 });
  });
});
