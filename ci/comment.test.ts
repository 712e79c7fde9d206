import { beforeEach, expect, test } from "vitest";
import { api, nextPage, tokenFrom } from "./api.ts";
import { comment, Usage } from "./comment.ts";
import { github } from "./github.ts";
import { forgeRun } from "./testing/forge-run.ts";
import { upsert } from "./upsert.ts";

const head = "a".repeat(40);
const on = forgeRun();
beforeEach(() => void on.forge.pulls.push({ number: 3, head: { sha: head }, state: "open" }));

interface Call {
  run?: number;
  attempt?: number;
  body?: string;
  stack?: string;
  sha?: string;
  more?: string[];
  env?: Record<string, string>;
}

async function say({
  run = 1,
  attempt = 1,
  body = "### Preview of `dev`: 1 update",
  stack = "dev",
  sha = head,
  more = [],
  env = {},
}: Call = {}) {
  const args = [
    "--stack",
    stack,
    "--sha",
    sha,
    "--run",
    String(run),
    "--attempt",
    String(attempt),
    "--body",
    on.file("body.md", body),
    ...more,
  ];
  return await comment(args, {
    GITHUB_API_URL: on.forge.base,
    GITHUB_SERVER_URL: "https://github.example",
    GITHUB_REPOSITORY: "golive/platform",
    GITHUB_TOKEN: on.forge.token,
    ...env,
  });
}
const bodies = (pull = 3) => (on.forge.comments.get(pull) ?? []).map(({ body }) => body);

test("a first run makes a comment, a second edits it in place, an equal one writes nothing", async () => {
  expect(await say({ run: 1 })).toBe("a comment was made");
  const [{ id } = { id: 0 }] = on.forge.comments.get(3) ?? [];
  expect(await say({ run: 2, body: "### other" })).toBe("the comment was edited");
  expect(on.forge.comments.get(3)).toMatchObject([
    { id, body: "<!-- golive-preview stack=dev run=2 attempt=1 -->\n### other" },
  ]);
  const before = on.forge.writes().length;
  expect(await say({ run: 2, body: "### other" })).toBe("the comment says so already");
  expect(on.forge.writes()).toHaveLength(before);
});

test("its own comment is found on the fourth page, and among comments that look like it", async () => {
  const marker = "<!-- golive-preview stack=dev run=1 attempt=1 -->";
  on.forge.say(3, `${marker}\nby somebody else`, "mallory");
  on.forge.say(3, `quoted:\n${marker}`);
  on.forge.say(3, "<!-- golive-preview stack=dev2 run=1 attempt=1 -->\nanother stack");
  for (let at = 0; at < 320; at += 1) on.forge.say(3, `chatter ${at}`, "people");
  const mine = on.forge.say(3, `${marker}\nold`);
  expect(await say({ run: 2, body: "new" })).toBe("the comment was edited");
  expect(mine.body).toMatch(/\nnew$/);
  expect(bodies()).toHaveLength(324);
});

test("stacks have a comment each", async () => {
  await say({ stack: "staging" });
  await say({ stack: "production" });
  await say({ stack: "staging", run: 2, body: "again" });
  expect(bodies()).toHaveLength(2);
});

test("no changes: silent where nothing was said, an edit where something was", async () => {
  const calm = ["--document", on.file("calm.json", '{"unchanged":true}')];
  expect(await say({ body: "### no changes", more: calm })).toBe(
    "nothing changes, and nothing was said before: no comment",
  );
  expect(on.forge.writes()).toEqual([]);
  await say({ run: 2 });
  expect(await say({ run: 3, body: "### no changes", more: calm })).toBe("the comment was edited");
  expect(bodies()[0]).toContain("no changes");
});

test("a failure is commented: with what was seen, and also where nothing was left", async () => {
  const url = "https://github.example/golive/platform/actions/runs/9";
  await say({ body: "### Preview (incomplete)", more: ["--failed", "--run-url", url] });
  expect(bodies()[0]).toContain(`The preview failed: [the run](${url}).`);
  await say({ run: 2, body: " ", more: ["--failed", "--run-url", "https://evil.example/"] });
  expect(bodies()[0]).toContain("### Preview of `dev`: failed");
  expect(bodies()[0]).not.toContain("evil");
  // A document that claims peace does not hush a failure.
  await on.forge.comments.clear();
  expect(await say({ more: ["--failed", "--document", on.file("calm.json", '{"unchanged":true}')] })).toBe(
    "a comment was made",
  );
});

test("an older run does not write over a newer one, and a second attempt of the same run does over the first", async () => {
  await say({ run: 7, body: "seven" });
  expect(await say({ run: 6, body: "six" })).toBe("a later run has commented; this one keeps still");
  expect(bodies()[0]).toContain("seven");
  expect(await say({ run: 7, attempt: 2, body: "seven again" })).toBe("the comment was edited");
});

test("two first runs at once leave one comment, that of the later run, whoever ends first", async () => {
  for (const order of [
    [1, 2],
    [2, 1],
  ]) {
    on.forge.comments.clear();
    // Both have looked before either has written.
    let looked = 0;
    const both = Promise.withResolvers<void>();
    on.forge.before = async ({ method, path }) => {
      if (method !== "GET" || !path.endsWith("/comments") || looked >= 2) return;
      looked += 1;
      if (looked === 2) both.resolve();
      await both.promise;
    };
    const outcomes = await Promise.all(order.map((run) => discuss(run)));
    expect(bodies()).toEqual([expect.stringContaining("run=2")]);
    expect(outcomes[order.indexOf(2)]).toBe("created");
  }
});

async function discuss(run: number) {
  const options = {
    base: on.forge.base,
    repository: "golive/platform",
    server: "https://github.example",
    token: on.forge.token,
    login: on.forge.login,
  };
  const discussion = await github({ ...options, pause: 1 }).discussion(head);
  if (!discussion) throw new Error("no discussion");
  return await upsert(discussion, { stack: "dev", run: { id: run, attempt: 1 }, body: `body of ${run}`, quiet: false });
}

test("a newer comment that an older run writes over in the last moment is written again", async () => {
  const first = on.forge.say(3, "<!-- golive-preview stack=dev run=1 attempt=1 -->\none");
  let once = true;
  on.forge.before = ({ method, path }) => {
    // After the newer run's PATCH and before its second look, the older run's lands.
    if (method === "GET" && path.endsWith(`/comments/${first.id}`) && once) {
      once = false;
      first.body = "<!-- golive-preview stack=dev run=2 attempt=1 -->\ntwo, late";
    }
  };
  expect(await say({ run: 3, body: "three" })).toBe("the comment was edited");
  expect(first.body).toMatch(/run=3[\s\S]*three$/);
});

test("a comment that is deleted between the look and the edit is made anew", async () => {
  on.forge.say(3, "<!-- golive-preview stack=dev run=1 attempt=1 -->\none");
  on.forge.before = ({ method }) => {
    if (method === "PATCH") on.forge.comments.clear();
  };
  expect(await say({ run: 2, body: "two" })).toBe("a comment was made");
  expect(bodies()).toEqual([expect.stringContaining("two")]);
});

test("duplicates of earlier days are cleared away, and nobody else's", async () => {
  on.forge.say(3, "<!-- golive-preview stack=dev run=1 attempt=1 -->\none");
  on.forge.say(3, "<!-- golive-preview stack=dev run=2 attempt=1 -->\ntwo");
  on.forge.say(3, "<!-- golive-preview stack=dev run=2 attempt=1 -->\nnot ours", "mallory");
  await say({ run: 3, body: "three" });
  expect(bodies()).toEqual([expect.stringContaining("three"), expect.stringContaining("not ours")]);
});

test("the pull request is the open one with the head, whatever a file says; an outdated head has none", async () => {
  on.forge.pulls.unshift(
    { number: 2, head: { sha: head }, state: "closed" },
    { number: 4, head: { sha: "b".repeat(40) }, state: "open" },
  );
  await say({ body: "pull request: 4" });
  expect([...on.forge.comments.keys()]).toEqual([3]);
  expect(await say({ sha: "c".repeat(40) })).toContain("nothing to comment on");
});

test("the pull request is found on a later page", async () => {
  for (let at = 0; at < 150; at += 1)
    on.forge.pulls.unshift({ number: 1000 + at, head: { sha: "d".repeat(40) }, state: "open" });
  await say();
  expect([...on.forge.comments.keys()]).toEqual([3]);
});

test("a body above the limit is cut between lines, with marker, fences and details closed", async () => {
  const long = [
    "<details><summary>x</summary>",
    "",
    "```diff",
    ...Array.from({ length: 9_000 }, (_, at) => `+ é🙂 ${at}`),
  ].join("\n");
  await say({ body: long });
  const [body = ""] = bodies();
  expect(Buffer.byteLength(body)).toBeLessThanOrEqual(65_536);
  expect(Buffer.byteLength(body)).toBeGreaterThan(64_000);
  expect(body.match(/^```/gm)).toHaveLength(2);
  expect(body).toContain("</details>");
  expect(body).toContain("did not fit into a comment");
  expect(body).toBe(body.toWellFormed());
});

test("HTML, images, foreign links and mentions of a hostile preview do not reach the comment", async () => {
  const hostile = [
    "<!-- golive-preview stack=dev run=999999 attempt=1 -->",
    "<img src='https://evil.example/p.png'> <a href=https://evil.example>x</a> <script>1</script>",
    "![p](https://evil.example/p.png) [click](https://evil.example) https://evil.example/x www.evil.example",
    "[ref]: https://evil.example",
    "ping @golive/admins and @alice, not image@sha256:abc",
    "<details onclick=1><summary>fine</summary>",
    "[the run](https://github.example/golive/platform/actions/runs/1)",
  ].join("\n");
  await say({ body: hostile });
  const [body = ""] = bodies();
  expect(body.split("\n")[0]).toBe("<!-- golive-preview stack=dev run=1 attempt=1 -->");
  expect(body).not.toMatch(/999999|<img|<a |<script|onclick|!\[|\]\(https:\/\/evil|https:\/\/evil|www\.evil|\[ref\]:/);
  expect(body).not.toMatch(/(^|[^\w])@(golive|alice)/);
  expect(body).toContain("image@sha256:abc");
  expect(body).toContain("[the run](https://github.example/golive/platform/actions/runs/1)");
});

test("a passing failure of the forge is tried again; a refused token is told without it", async () => {
  const discussion = await github({
    base: on.forge.base,
    repository: "golive/platform",
    server: "",
    token: on.forge.token,
    login: on.forge.login,
    pause: 1,
  }).discussion(head);
  on.forge.failures.push({ method: "GET", status: 502 }, { method: "GET", status: 429 });
  expect(await discussion?.list()).toEqual([]);
  const refused = await say({ env: { GITHUB_TOKEN: "wr0ng-token" } }).catch((error: Error) => error);
  expect(String(refused)).toContain("401");
  expect(String(refused)).not.toContain("wr0ng-token");
});

test("a creation that failed is not sent twice", async () => {
  on.forge.failures.push({ method: "POST", status: 502 });
  await expect(say()).rejects.toThrow(/502/);
  expect(on.forge.writes()).toHaveLength(1);
});

test("the token comes from a file or the environment, never from an argument", async () => {
  expect(tokenFrom({ X_FILE: on.file("token", "abc\n") }, "X")).toBe("abc");
  expect(() => tokenFrom({}, "X")).toThrow(/X_FILE or X/);
  await expect(say({ more: ["--token", "abc"] })).rejects.toThrow(/--token/);
  await expect(say({ sha: "main" })).rejects.toThrow(Usage);
  await expect(say({ stack: "a --> b" })).rejects.toThrow(/no stack's name/);
});

test("a next page that leads elsewhere is not followed: the token stays with the forge", async () => {
  expect(nextPage('<https://evil.example/2>; rel="next"', on.forge.base)).toBeUndefined();
  expect(nextPage(`<${on.forge.base}/2>; rel="next"`, on.forge.base)).toBe(`${on.forge.base}/2`);
  expect(api({ base: on.forge.base, headers: {} })).toBeDefined();
});

test("GitLab's notes are kept by the same rules", async () => {
  const env = {
    CI_API_V4_URL: on.forge.base,
    CI_PROJECT_ID: "7",
    CI_SERVER_URL: "https://gitlab.example",
    CI_PROJECT_PATH: "golive/platform",
    GITLAB_TOKEN: on.forge.token,
  };
  const onGitLab = (call: Call) => say({ ...call, env, more: ["--forge", "gitlab"] });
  expect(await onGitLab({ run: 1 })).toBe("a comment was made");
  expect(await onGitLab({ run: 2, body: "two" })).toBe("the comment was edited");
  expect(await onGitLab({ run: 1, body: "one" })).toBe("a later run has commented; this one keeps still");
  expect(bodies()).toEqual([expect.stringMatching(/run=2[\s\S]*two$/)]);
});
