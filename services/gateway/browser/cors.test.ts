import { afterAll, beforeAll, expect, test } from "vitest";
import { recorded, startTestApp, type TestApp } from "../auth/testing/test-app.ts";
import { methodNotAllowed } from "../http/method-not-allowed.ts";
import { Problem } from "../http/problems.ts";
import { corsForListed } from "./cors.ts";

const origin = "https://console.example";
const preflight = {
  "access-control-request-method": "PATCH",
  "access-control-request-headers": "if-match,traceparent",
};

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp(recorded().log, (express) => {
    express.use(corsForListed({ origins: new Set([origin, "http://localhost:3000"]) }));
    express.get("/refused", () => {
      throw new Problem("rate-limited", "wait", { headers: { "retry-after": "1" } });
    });
    express.get("/fine", (_request, response) => void response.vary("accept").json({}));
    express.all("/fine", methodNotAllowed(["GET"]));
  });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

test("a listed origin's preflight is answered, with everything that traces and writes need", async () => {
  const { status, headers } = await app.send("OPTIONS", "/fine", { origin, ...preflight });
  expect(status).toBe(204);
  expect(headers).toMatchObject({
    "access-control-allow-origin": origin,
    "access-control-allow-credentials": "true",
    "access-control-max-age": "600",
    vary: "origin",
  });
  const allowed = headers["access-control-allow-headers"]?.split(",");
  for (const name of ["traceparent", "tracestate", "baggage", "sentry-trace", "content-type", "authorization"]) {
    expect(allowed).toContain(name);
  }
  expect(allowed).toEqual(expect.arrayContaining(["if-match", "x-csrf-token"]));
  expect(headers["access-control-allow-methods"]?.split(",")).toContain("PATCH");
});

test("a listed origin's page can read answers and refusals, and their trace id", async () => {
  for (const [path, status] of [
    ["/fine", 200],
    ["/refused", 429],
    ["/nothing", 404],
  ] as const) {
    const answer = await app.send("GET", path, { origin });
    expect(answer.status).toBe(status);
    expect(answer.headers["access-control-allow-origin"]).toBe(origin);
    const exposed = answer.headers["access-control-expose-headers"]?.split(",");
    expect(exposed).toEqual(expect.arrayContaining(["x-trace-id", "etag", "location", "ratelimit", "retry-after"]));
  }
});

test.each([
  "https://console.example.evil",
  "https://evil.example",
  "https://xconsole.example",
  "http://console.example",
  "https://console.example:8443",
  "https://CONSOLE.example",
  "null",
  "",
  `${origin}, https://evil.example`,
])("origin %j gets none of these headers", async (foreign) => {
  for (const [method, headers] of [
    ["GET", {}],
    ["OPTIONS", preflight],
  ] as const) {
    const answer = await app.send(method, "/fine", { origin: foreign, ...headers });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    expect(answer.headers.vary?.toLowerCase()).toContain("origin");
  }
});

test("whatever the origin, caches learn that it matters, and other Vary stays", async () => {
  expect((await app.send("GET", "/fine")).headers.vary?.toLowerCase()).toBe("origin, accept");
  expect((await app.send("GET", "/fine", { origin })).headers.vary?.toLowerCase()).toBe("origin, accept");
});

test("OPTIONS that is no preflight still says what the address offers", async () => {
  const { status, headers } = await app.send("OPTIONS", "/fine", { origin });
  expect(status).toBe(204);
  expect(headers.allow).toBe("GET, HEAD, OPTIONS");
  expect(headers["access-control-allow-origin"]).toBe(origin);
});
