import { expect, test } from "vitest";
import { redact } from "./redact.ts";

test.each([
  ["postgres://app:s3cr3t@db:5432/app", "postgres://app:***@db:5432/app"],
  ["PGPASSWORD=hunter2 pg_dump", "PGPASSWORD=*** pg_dump"],
  ['{"secretAccessKey":"abc/def+1"}', '{"secretAccessKey":"***"}'],
  ["Authorization: Bearer abcdefghijkl", "Authorization: Bearer ***"],
  ["token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0aa.c2lnbmF0dXJl is it", "token *** is it"],
  [`AGE-SECRET-KEY-1${"Q".repeat(58)}`, "***"],
  ["\u001b[31mred\u001b[0m\u0007", "red"],
  ["-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----", "[private key]"],
])("%j is shown as %j", (given, shown) => {
  expect(redact(given)).toBe(shown);
});

test("plain sentences stay as they are", () => {
  const text = "pods ready 2/2 at http://127.0.0.1:8000/api/health\nnext line\ttab";
  expect(redact(text)).toBe(text);
});
