import type { IncomingHttpHeaders } from "node:http";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type ForwardedFacts, requestHeaders } from "./request-headers.ts";

const facts: ForwardedFacts = {
  addresses: ["203.0.113.9"],
  protocol: "http",
  host: "gateway.example",
  principal: undefined,
};
const rules = { targetHost: "shop:8080", forwardAuthorization: false };
const headers = (given: IncomingHttpHeaders, f: Partial<ForwardedFacts> = {}, r: Partial<typeof rules> = {}) =>
  requestHeaders(given, { ...facts, ...f }, { ...rules, ...r });

test("what belongs to the client's connection stays there", () => {
  const sent = headers({
    connection: "close, X-Secret ,keep-alive, Content-Length",
    "x-secret": "1",
    "keep-alive": "timeout=5",
    te: "trailers",
    trailer: "x",
    upgrade: "h2c",
    "http2-settings": "x",
    "proxy-authorization": "x",
    "proxy-connection": "x",
    "content-length": "3",
    accept: "text/html",
  });
  expect(sent).toEqual({
    accept: "text/html",
    "content-length": "3",
    host: "shop:8080",
    "x-forwarded-for": "203.0.113.9",
    "x-forwarded-proto": "http",
    "x-forwarded-host": "gateway.example",
  });
});

test("nobody speaks in the gateway's name, in whatever spelling", () => {
  const sent = headers({
    "x-golive-user": "root",
    x_golive_user: "root",
    "x-golive_roles": "admin",
    "x-forwarded-for": "1.1.1.1",
    x_forwarded_for: "1.1.1.1",
    "x-forwarded-prefix": "/",
    forwarded: "for=1.1.1.1",
    "x-real-ip": "1.1.1.1",
    "x-original-url": "/admin",
    traceparent: "x",
    tracestate: "x".repeat(600),
    baggage: "x".repeat(9000),
  });
  expect(Object.keys(sent)).toEqual(["host", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"]);
});

test("the verified user goes along, and two ids never look the same", () => {
  const user = (id: string) => headers({}, { principal: { id, roles: ["viewer", "admin"] } })["x-golive-user"];
  expect(headers({}, { principal: { id: "auth0|7", roles: ["viewer", "admin"] } })).toMatchObject({
    "x-golive-user": "auth0|7",
    "x-golive-roles": "viewer,admin",
  });
  expect(user("Zoë\r\nx: y")).toBe("Zo%C3%AB%0D%0Ax:%20y");
  expect(user("a%20b")).not.toBe(user("a b"));
});

test("credentials stay here unless the upstream is to see them", () => {
  const given = { authorization: "Bearer t", cookie: "theme=dark; __Host-golive=jwt; lang=en" };
  expect(headers(given)).toMatchObject({ cookie: "theme=dark; lang=en" });
  expect(headers(given)).not.toHaveProperty("authorization");
  expect(headers({ cookie: "__Host-golive=jwt" })).not.toHaveProperty("cookie");
  expect(headers(given, {}, { forwardAuthorization: true })).toMatchObject(given);
});

test("a body in chunks stays one, whatever the method", () => {
  expect(headers({ "transfer-encoding": "chunked" })).toMatchObject({ "transfer-encoding": "chunked" });
});

test("whatever a client sends, nothing of its connection and nobody else's word gets through", () => {
  const bad = [
    "connection",
    "te",
    "upgrade",
    "x-golive-user",
    "x_forwarded_for",
    "traceparent",
    "keep-alive",
    "expect",
  ];
  const name = fc.oneof(
    fc.constantFrom(...bad, "x-a", "x-b", "accept", "content-length"),
    fc.stringMatching(/^[a-z_-]{1,8}$/),
  );
  const given = fc.dictionary(
    name,
    fc.oneof(fc.string(), fc.constantFrom("x-a, X-B", "close,accept", "content-length")),
  );
  fc.assert(
    fc.property(given, (fields) => {
      const sent = headers(fields);
      const named = (fields["connection"] ?? "").split(",").map((token) => token.trim().toLowerCase());
      const names = Object.keys(sent);
      for (const key of [...bad, ...named])
        if (key !== "content-length" && key !== "host") expect(names).not.toContain(key);
      expect(sent["content-length"]).toBe(fields["content-length"]);
      expect(sent["x-forwarded-for"]).toBe("203.0.113.9");
    }),
  );
});
