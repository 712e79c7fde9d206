import { expect, test } from "vitest";
import { principalFrom } from "./claims.ts";

const of = (claims: Record<string, unknown>, rolesClaim = "roles") =>
  principalFrom({ sub: "user-1", exp: 2_000_000_000, ...claims }, rolesClaim);

test.each([
  ["a list", { roles: ["admin", "viewer"] }, "roles", ["viewer", "admin"]],
  ["a text with spaces", { scope: "openid operator" }, "scope", ["operator"]],
  ["inside objects", { realm_access: { roles: ["admin"] } }, "realm_access.roles", ["admin"]],
  ["under a name with dots", { "https://a.example/roles": ["viewer"] }, "https://a.example/roles", ["viewer"]],
  ["unknown ones and other values", { roles: ["root", "ADMIN", 1, null, ["admin"], "viewer "] }, "roles", []],
  ["twice", { roles: ["viewer", "viewer"] }, "roles", ["viewer"]],
  ["an object", { roles: { admin: true } }, "roles", []],
  ["missing", {}, "roles", []],
  ["on the way to a text", { a: "admin" }, "a.b", []],
  ["of every object", {}, "constructor.name", []],
  ["through a prototype", JSON.parse('{"__proto__":{"roles":["admin"]}}'), "roles", []],
])("roles: %s", (_what, claims, rolesClaim, expected) => {
  expect(of(claims, rolesClaim).roles).toEqual(expected);
});

test("sessions differ by person, by token and by time", () => {
  const sessions = [
    of({ jti: "1" }),
    of({ jti: "2" }),
    of({ sub: "user-2", jti: "1" }),
    of({ iat: 1_000 }),
    of({ iat: 1_001 }),
    of({ iat: 1_000, jti: "1" }),
  ].map(({ session }) => session);
  expect(new Set(sessions).size).toBe(sessions.length);
  expect(sessions).not.toContain(undefined);
});

test.each([{}, { jti: "" }, { jti: 7 }])("%j names no session", (claims) => {
  expect(of(claims).session).toBeUndefined();
});
