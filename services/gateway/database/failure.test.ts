import pg from "pg";
import { expect, test } from "vitest";
import { failureOf, violates } from "./failure.ts";

const withCode = (code: string) => Object.assign(new Error("x"), { code });
const sqlstate = (code: string) => Object.assign(new pg.DatabaseError("x", 0, "error"), { code });

test.each([
  [sqlstate("25006"), "read-only"],
  [sqlstate("57P01"), "connection"],
  [sqlstate("57P03"), "connection"],
  [sqlstate("08006"), "connection"],
  [sqlstate("53300"), "connection"],
  [sqlstate("57014"), "busy"],
  [sqlstate("40P01"), "busy"],
  [sqlstate("23505"), "none"],
  [withCode("ECONNREFUSED"), "connection"],
  [withCode("EAI_AGAIN"), "connection"],
  [new Error("Connection terminated unexpectedly"), "connection"],
  [new Error("Query read timeout"), "connection"],
  [new Error("Client has encountered a connection error and is not queryable"), "connection"],
  [new TypeError("undefined is not a function"), "none"],
  ["text", "none"],
] as const)("%s is %s", (error, failure) => {
  expect(failureOf(error)).toBe(failure);
});

test("a violation counts only for the constraint that was asked about", () => {
  const error = Object.assign(sqlstate("23505"), { constraint: "projects_slug_key" });
  expect(violates(error, "projects_slug_key")).toBe(true);
  expect(violates(error, "projects_pkey")).toBe(false);
  expect(violates(new Error("x"), "projects_slug_key")).toBe(false);
});
