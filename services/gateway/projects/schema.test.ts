import { expect, test } from "vitest";
import { newProject, projectPatch } from "./schema.ts";

const valid = { name: "Shop", slug: "shop" };
const problemsOf = (body: unknown): string[] => {
  const result = newProject.safeParse(body);
  return result.success ? [] : result.error.issues.map((issue) => issue.path.join("."));
};

test("name and slug are enough", () => {
  expect(newProject.parse(valid)).toEqual({ ...valid, description: "", repositoryUrl: null });
});

test.each([
  [{ ...valid, name: "  " }, ["name"]],
  [{ ...valid, name: "a\u0000b" }, ["name"]],
  [{ ...valid, name: "\ud800" }, ["name"]],
  [{ ...valid, slug: "Shop" }, ["slug"]],
  [{ ...valid, slug: "-shop" }, ["slug"]],
  [{ ...valid, slug: "a--b" }, ["slug"]],
  [{ ...valid, slug: "a".repeat(64) }, ["slug"]],
  [{ ...valid, description: "x".repeat(10_001) }, ["description"]],
  [{ ...valid, repositoryUrl: "javascript:alert(1)" }, ["repositoryUrl"]],
  [{ ...valid, repositoryUrl: "https://bot:pw@git.example/r" }, ["repositoryUrl"]],
  [{}, ["name", "slug"]],
  [null, [""]],
  [[], [""]],
])("%j is wrong at %j", (body, paths) => {
  expect(problemsOf(body)).toEqual(paths);
});

test.each(["https://git.example/shop.git", "ssh://git@git.example:22/shop", "http://localhost/x"])(
  "%s is a repository",
  (url) => {
    expect(problemsOf({ ...valid, repositoryUrl: url })).toEqual([]);
  },
);

test("a patch fills nothing in", () => {
  expect(projectPatch.parse({})).toEqual({});
  expect(projectPatch.parse({ repositoryUrl: null })).toEqual({ repositoryUrl: null });
});
