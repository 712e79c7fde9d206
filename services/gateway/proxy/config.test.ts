import { expect, test } from "vitest";
import { z } from "zod";
import { proxyConfig, proxyFaults, proxyVariables } from "./config.ts";

const shop = { name: "shop", prefix: "/shop", target: "http://shop:8080", access: "viewer" };
const faults = (...entries: unknown[]) => proxyFaults({ UPSTREAMS: JSON.stringify(entries) });

test("without the variable nothing is behind the gateway", () => {
  expect(proxyConfig(z.object(proxyVariables).parse({}))).toEqual({ upstreams: [] });
});

test("what is left out has the documented defaults", () => {
  expect(proxyConfig({ UPSTREAMS: JSON.stringify([shop]) }).upstreams).toEqual([
    {
      ...shop,
      stripPrefix: false,
      timeoutMs: 30_000,
      connectTimeoutMs: 2_000,
      idleTimeoutMs: 60_000,
      streaming: false,
      retries: 1,
      forwardAuthorization: false,
      websocket: false,
      breaker: { threshold: 0.5, minRequests: 20, halfOpenAfterMs: 5_000 },
      maxBodyBytes: 10_485_760,
      maxConnections: 256,
    },
  ]);
});

test("every fault is named at once, with its place and the value", () => {
  const found = faults(
    { ...shop, target: "ftp://files", retries: 9, timeout: 5 },
    { name: "Docs", prefix: "docs/", target: "http://docs", breaker: { threshold: 2 } },
    { ...shop, prefix: "/shop/inner", timeoutMs: 100 },
  ).join("\n");
  expect(found).toMatch(/UPSTREAMS\[0\]: Unrecognized key: "timeout"/);
  expect(found).toMatch(/UPSTREAMS\[0\]\.retries: .*, got 9/);
  expect(found).toMatch(/UPSTREAMS\[0\]\.target: must be http or https, got "ftp"/);
  expect(found).toMatch(/UPSTREAMS\[1\]\.name: .*, got "Docs"/);
  expect(found).toMatch(/UPSTREAMS\[1\]\.prefix: .*, got "docs\/"/);
  expect(found).toMatch(/UPSTREAMS\[1\]\.access: /);
  expect(found).toMatch(/UPSTREAMS\[1\]\.breaker\.threshold: .*, got 2/);
  expect(found).toMatch(/UPSTREAMS\[2\]\.name: "shop" is that of UPSTREAMS\[0\] too/);
  expect(found).toMatch(/UPSTREAMS\[2\]\.prefix: "\/shop\/inner" overlaps "\/shop" of UPSTREAMS\[0\]/);
  expect(found).toMatch(/UPSTREAMS\[2\]\.connectTimeoutMs: must not be above timeoutMs \(100\), got 2000/);
  expect(() => proxyConfig({ UPSTREAMS: JSON.stringify([{}]) })).toThrow(/UPSTREAMS\[0\]\.target/);
});

test.each(["{", "7", "{}", '"[]"'])("%s is no list", (text) => {
  expect(proxyFaults({ UPSTREAMS: text })).toEqual(["UPSTREAMS: must be a JSON list"]);
});

test.each([[null], ["shop"], [[[]]]])("an entry that is %j is refused", (entry) => {
  expect(faults(entry).join()).toMatch(/UPSTREAMS\[0\]: /);
});

test("a password in an address is refused and not repeated", () => {
  const found = faults({ ...shop, target: "http://admin:hunter2@shop/?key=hunter2" }).join("\n");
  expect(found).toMatch(/must not carry credentials/);
  expect(found).toMatch(/without \? and #/);
  expect(found).not.toContain("hunter2");
});

test.each([
  "/api",
  "/api/projects",
  "/api/projects/42/files",
  "/api/pipelines",
  "/api/health",
  "/api/openapi.json",
  "/livez",
  "/readyz/x",
  "/metrics",
])("%s collides with the gateway's own addresses", (prefix) => {
  expect(faults({ ...shop, prefix }).join()).toMatch(/collides with the gateway's own/);
});

test.each(["/api/shop", "/projects", "/api/projects-archive", "/a.b/c_d~e", "/..a"])(
  "%s is a fine prefix",
  (prefix) => {
    expect(faults({ ...shop, prefix })).toEqual([]);
  },
);

test.each(["/", "", "shop", "/shop/", "//shop", "/shop/../admin", "/./x", "/sh%6fp", "/:id", "/*all", "/a b"])(
  "%j is no prefix",
  (prefix) => {
    expect(faults({ ...shop, prefix }).join()).toMatch(/UPSTREAMS\[0\]\.prefix: /);
  },
);

test("neighbours that share letters do not overlap", () => {
  expect(faults(shop, { ...shop, name: "shopping", prefix: "/shopping" })).toEqual([]);
  expect(faults(shop, { ...shop, name: "again" }).join()).toMatch(/overlaps/);
});
