import { expect, test } from "vitest";
import { driftOf, main } from "./drift-issue.ts";
import { forgeRun } from "./testing/forge-run.ts";

const on = forgeRun();

async function night(document: object | string, body = "### Preview: 1 update", stack = "production") {
  const text = typeof document === "string" ? document : JSON.stringify(document);
  const args = ["--stack", stack, "--document", on.file("it.json", text), "--body", on.file("it.md", body)];
  return await main(args, {
    GITHUB_API_URL: on.forge.base,
    GITHUB_REPOSITORY: "golive/platform",
    GITHUB_TOKEN: on.forge.token,
  });
}
const drifted = { complete: true, unchanged: false };
const calm = { complete: true, unchanged: true };
const open = () => on.forge.issues.filter(({ state }) => state === "open");

test("drift opens one issue, the next night updates it, a night without closes it with a word, and another opens a new one", async () => {
  expect(await night(calm)).toBe("nothing");
  expect(await night(drifted)).toBe("opened");
  expect(open()).toMatchObject([{ title: "production differs from its program", labels: ["drift"] }]);
  expect(await night(drifted)).toBe("unchanged");
  expect(await night(drifted, "### Preview: 2 update")).toBe("updated");
  expect(open()).toMatchObject([{ body: expect.stringContaining("2 update") }]);
  expect(await night(calm)).toBe("closed");
  expect(open()).toEqual([]);
  expect(on.forge.issues[0]?.comments).toEqual(["The stack is as the program says again."]);
  expect(await night(drifted)).toBe("opened");
  expect(on.forge.issues).toHaveLength(2);
});

test("stacks have an issue each, and issues of people are left alone", async () => {
  on.forge.issues.push({
    number: 1,
    title: "production differs",
    body: "by hand",
    state: "open",
    user: { login: "alice" },
    labels: ["drift"],
    comments: [],
  });
  await night(drifted, "a", "staging");
  await night(drifted, "b", "production");
  expect(open()).toHaveLength(3);
  await night(calm, "", "staging");
  expect(open().map(({ title }) => title)).toEqual(["production differs", "production differs from its program"]);
});

test("of two that two nights opened at once the first stays", async () => {
  const body = "<!-- golive-drift stack=production -->\nx";
  for (const number of [5, 6])
    on.forge.issues.push({
      number,
      title: "t",
      body,
      state: "open",
      user: { login: on.forge.login },
      labels: ["drift"],
      comments: [],
    });
  expect(await night(drifted)).toBe("updated");
  expect(open().map(({ number }) => number)).toEqual([5]);
});

test("a look that failed closes nothing, and says that it is not known", async () => {
  await night(drifted);
  expect(await night({ complete: false, unchanged: false })).toBe("updated");
  expect(open()).toMatchObject([{ body: expect.stringContaining("is not known") }]);
  expect(await night("no json")).toBe("unchanged");
  expect([undefined, "/nowhere"].map(driftOf)).toEqual(["failed", "failed"]);
});
