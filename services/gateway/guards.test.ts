import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { postgresMissing } from "../../tests/postgres-server.ts";
import type { Operation } from "./openapi/operation.ts";
import { operations } from "./openapi/operations.ts";
import { rawClient } from "./proxy/testing/raw-client.ts";
import { httpUpstream, type TestUpstream } from "./proxy/testing/raw-upstream.ts";
import { startTestApi, type TestApi } from "./testing/test-api.ts";
import { bearer } from "./testing/test-tokens.ts";

/** The guards as the whole application has them: every operation, every way in. */

const id = "01a21058-56ed-760c-a703-2b94c7fb6895";
const table = Object.entries(operations) as [string, Operation][];
const guarded = table.filter(([, { access }]) => access !== "public");
const pathOf = ({ path }: Operation) => path.replace(":id", id);

describe.skipIf(postgresMissing())("the application's guards", { timeout: 120_000 }, () => {
  let upstream: TestUpstream;
  let api: TestApi;
  let reached: string[];
  beforeAll(async () => {
    reached = [];
    const behind = await httpUpstream((request, response) => {
      reached.push(request.url ?? "");
      response.end(`upstream ${request.url}`);
    });
    const sockets = new WebSocketServer({ noServer: true });
    behind.server.on("upgrade", (request, socket, head) => {
      reached.push(request.url ?? "");
      sockets.handleUpgrade(request, socket, head, (ws) => ws.send("hello"));
    });
    upstream = behind;
    api = await startTestApi({
      AUTH_SESSION_COOKIE: "true",
      CORS_ORIGINS: "https://app.example",
      UPSTREAMS: JSON.stringify([
        { name: "shop", prefix: "/shop", target: upstream.url, access: "operator", websocket: true },
      ]),
      RATE_LIMITS: JSON.stringify({
        read: { points: 40 },
        write: { mode: "off" },
        expensive: { mode: "off" },
        proxy: { points: 5 },
      }),
    });
  }, 120_000);
  afterAll(async () => {
    await api?.[Symbol.asyncDispose]();
    await upstream?.[Symbol.asyncDispose]();
  });

  const nobody = { authorization: "" };
  const as = async (role: "viewer" | "operator" | "admin", subject?: string) => ({
    authorization: await bearer(role, subject),
  });

  test("only the state, the document and a session's own token are public", () => {
    const open = table.filter(([, { access }]) => access === "public").map(([name]) => name);
    expect(open.sort()).toEqual(["csrfToken", "health", "openapi"]);
  });

  test.each(guarded)("%s refuses whoever sends no token, before it looks at the body", async (_name, operation) => {
    const method = operation.method.toUpperCase();
    const answer = await api.send(method, pathOf(operation), operation.body && "{", nobody);
    expect(answer).toMatchObject({ status: 401, body: { type: "urn:golive:problem:unauthenticated" } });
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  });

  test.each(guarded.filter(([, { access }]) => access !== "viewer"))(
    "%s refuses a token whose role is too low",
    async (name, operation) => {
      const lower = operation.access === "admin" ? "operator" : "viewer";
      const headers = await as(lower, `low-${name}`);
      const answer = await api.send(operation.method.toUpperCase(), pathOf(operation), operation.body && {}, headers);
      expect(answer).toMatchObject({ status: 403, body: { type: "urn:golive:problem:forbidden" } });
    },
  );

  test("GW-03: no spelling of a guarded address gets around its guard, and none has a count of its own", async () => {
    const variants = [
      "/API/users",
      "/api/Users",
      "/api/users/",
      "//api/users",
      "/api/%75sers",
      "/api/users;x",
      "/api//users",
    ];
    for (const path of variants) {
      expect([400, 404], path).toContain(await raw(path));
    }
    const headers = await as("admin", "counted");
    const left = async (path: string) =>
      /;r=(\d+)/.exec((await api.send("GET", path, undefined, headers)).headers.get("ratelimit") ?? "")?.[1];
    const first = Number(await left("/api/users"));
    expect(Number(await left("/api/users?x"))).toBeLessThan(first);
    const method = { ...nobody, "x-http-method-override": "GET" };
    expect((await api.send("POST", "/api/audit", {}, method)).status).toBe(405);
  });

  test("an upstream is behind the same guards: token, role, limit; and sees neither token nor cookie", async () => {
    reached.length = 0;
    expect((await api.send("GET", "/shop/x", undefined, nobody)).status).toBe(401);
    expect((await api.send("GET", "/shop/x", undefined, await as("viewer"))).status).toBe(403);
    expect((await api.send("GET", "/SHOP/x", undefined, await as("operator"))).status).toBe(404);
    expect(reached).toEqual([]);
    const headers = await as("operator", "shopper");
    const answers = [];
    for (let n = 0; n < 7; n++) answers.push(await api.send("GET", `/shop/${n}`, undefined, headers));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429, 429]);
    expect(reached).toHaveLength(5);
  });

  test("a WebSocket is behind them as well, and the upstream hears of none that is refused", async () => {
    reached.length = 0;
    const open = async (headers: Record<string, string>) => {
      const socket = new WebSocket(`${api.url.replace("http", "ws")}/shop/socket`, { headers });
      return new Promise<string>((resolve) => {
        socket.once("message", (data) => {
          resolve(String(data));
          socket.terminate();
        });
        socket.once("unexpected-response", (_request, response) => {
          resolve(`refused ${response.statusCode}`);
          response.destroy();
        });
        socket.once("error", () => resolve("broken"));
      });
    };
    expect(await open({})).toBe("refused 401");
    expect(await open(await as("viewer", "sockets"))).toBe("refused 403");
    expect(await open({ ...(await as("operator", "sockets")), origin: "https://evil.example" })).toBe("refused 403");
    expect(reached).toEqual([]);
    expect(await open(await as("operator", "sockets"))).toBe("hello");
    expect(await open({ ...(await as("operator", "sockets")), origin: "https://app.example" })).toBe("hello");
  });

  test("a session's cookie changes nothing without its own CSRF token", async () => {
    const { authorization } = await as("operator", "browser");
    const cookie = `__Host-golive=${authorization.replace("Bearer ", "")}`;
    const page = { ...nobody, cookie, origin: "https://app.example" };
    const project = { name: "Page", slug: "page" };
    expect(await api.send("POST", "/api/projects", project, page)).toMatchObject({
      status: 403,
      body: { type: "urn:golive:problem:csrf-refused" },
    });
    const { body } = await api.send("GET", "/api/session/csrf-token", undefined, page);
    const answer = await api.send("POST", "/api/projects", project, { ...page, "x-csrf-token": body.token });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("access-control-allow-origin")).toBe("https://app.example");
    const foreign = { ...page, origin: "https://evil.example", "x-csrf-token": body.token };
    expect((await api.send("POST", "/api/projects", project, foreign)).status).toBe(403);
  });

  test("guesses are counted by address, expired tokens are not", async () => {
    const guess = { authorization: "Bearer eyJhbGciOiJIUzI1NiJ9.e30.AAAA" };
    const statuses = [];
    for (let n = 0; n < 12; n++) statuses.push((await api.send("GET", "/api/health", undefined, guess)).status);
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401));
    expect(statuses.slice(10)).toEqual([429, 429]);
    // Whoever is somebody goes on from the same address.
    expect((await api.send("GET", "/api/me", undefined, await as("viewer", "honest"))).status).toBe(200);
  });

  test("an administrator sees how somebody stands with the limits, and begins their windows anew", async () => {
    const headers = await as("viewer", "asked-about");
    for (let n = 0; n < 3; n++) await api.send("GET", "/api/me", undefined, headers);
    const seen = (await api.send("GET", "/api/limits?principal=asked-about")).body;
    expect(seen.items.find(({ policy }: { policy: string }) => policy === "read")).toMatchObject({
      points: 40,
      used: 3,
      remaining: 37,
    });
    expect((await api.send("DELETE", "/api/limits?principal=asked-about")).status).toBe(204);
    const after = (await api.send("GET", "/api/limits?principal=asked-about")).body;
    expect(after.items.find(({ policy }: { policy: string }) => policy === "read")).toMatchObject({ used: 0 });
    for (const query of ["", "?principal=a&address=192.0.2.1", "?address=nowhere", "?principal=a&policy=none"])
      expect((await api.send(query.includes("policy") ? "DELETE" : "GET", `/api/limits${query}`)).status).toBe(400);
  });

  test("the documentation's page asks this gateway alone, and brings its own script", async () => {
    const page = await api.send("GET", "/api/docs", undefined, nobody);
    expect(page.headers.get("content-security-policy")).toContain("script-src 'self';");
    const links = [...String(page.body).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? "");
    expect(links).toHaveLength(3);
    for (const link of links) {
      const asset = await api.send("GET", link, undefined, nobody);
      expect(asset.status, link).toBe(200);
      expect(asset.headers.get("content-type"), link).toMatch(/css|javascript/);
    }
    expect((await api.send("GET", "/api/docs/package.json", undefined, nobody)).status).toBe(404);
  });

  /** Sends a path that no HTTP library would leave as it is, and reads the status. */
  async function raw(path: string): Promise<number> {
    const port = Number(new URL(api.url).port);
    const client = rawClient(port, `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    await client.closes();
    return Number(/^HTTP\/1.1 (\d+)/.exec(client.received)?.[1]);
  }
});
