import { expect, test } from "vitest";
import { difference } from "./difference.ts";

const user = { id: "u", email: "ada@golive.example", name: "Ada", role: "viewer", disabled: false, version: 1 };

test("only what differs is there, and bookkeeping never", () => {
  const after = { ...user, role: "admin", version: 2, updatedAt: new Date() };
  expect(difference("user", user, after)).toEqual({
    changed: ["role"],
    before: { role: "viewer" },
    after: { role: "admin" },
  });
});

test("personal fields are named and never repeated", () => {
  const after = { ...user, email: "countess@golive.example", name: "Countess" };
  expect(difference("user", user, after)).toEqual({ changed: ["email", "name"], before: {}, after: {} });
  expect(JSON.stringify(difference("user", undefined, user))).not.toMatch(/ada/i);
  expect(JSON.stringify(difference("user", user, undefined))).not.toMatch(/ada/i);
});

test("a URL and free text of a project are not repeated either", () => {
  const secret = {
    name: "call 555-1234",
    description: "pw: x",
    repositoryUrl: "https://token@git.example/r",
    slug: "a",
  };
  expect(difference("project", undefined, secret)).toEqual({
    changed: ["description", "name", "repositoryUrl", "slug"],
    before: null,
    after: { slug: "a" },
  });
});

test("absent and null are one, and so are two dates of one moment", () => {
  const run = { status: "failed", failAt: null, startedAt: new Date(5) };
  expect(difference("run", run, { status: "failed", startedAt: new Date(5) }).changed).toEqual([]);
  expect(difference("run", run, { ...run, startedAt: new Date(6) })).toEqual({
    changed: ["startedAt"],
    before: {},
    after: {},
  });
});

test("a field that is emptied has a value before and null after", () => {
  const before = { status: "failed", errorCode: "internal" };
  expect(difference("run", before, { ...before, errorCode: null })).toMatchObject({
    before: { errorCode: "internal" },
    after: { errorCode: null },
  });
});
