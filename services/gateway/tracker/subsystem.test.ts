import pg from "pg";
import { expect, test } from "vitest";
import { IdentityUnavailable } from "../auth/refusals.ts";
import { DatabaseUnavailable } from "../database/failure.ts";
import { UpstreamFailure } from "../proxy/failure.ts";
import { subsystemOf } from "./subsystem.ts";

const named = (name: string) => Object.assign(new Error("x"), { name });

test.each([
  ["database", new DatabaseUnavailable("x")],
  ["database", new pg.DatabaseError("x", 1, "error")],
  ["database", new Error("x", { cause: new pg.DatabaseError("x", 1, "error") })],
  ["database", named("PrismaClientKnownRequestError")],
  ["cache", named("ReplyError")],
  ["cache", named("MaxRetriesPerRequestError")],
  ["upstream", new UpstreamFailure("timeout", "shop")],
  ["auth", named("JWTExpired")],
  ["auth", named("IdentityUnavailable")],
  ["gateway", new TypeError("x")],
  ["gateway", "text"],
  ["gateway", undefined],
] as const)("%s: %s", (subsystem, error) => {
  expect(subsystemOf(error, undefined)).toBe(subsystem);
});

test("our own class of the identity provider's failure is known by its name", () => {
  expect(IdentityUnavailable.name).toMatch(/^IdentityUnavailable$/);
});

test("an error that says nothing belongs to the part whose route it came from", () => {
  expect(subsystemOf(new TypeError("x"), "GET /api/pipelines/:id")).toBe("pipeline");
  expect(subsystemOf(new TypeError("x"), "POST /api/projects/:id/pipelines")).toBe("pipeline");
  expect(subsystemOf(new TypeError("x"), "GET /api/projects")).toBe("gateway");
  expect(subsystemOf(new DatabaseUnavailable("x"), "GET /api/pipelines/:id")).toBe("database");
});

test("a circle of causes has an end", () => {
  const error = new Error("x");
  error.cause = error;
  expect(subsystemOf(error, undefined)).toBe("gateway");
});
