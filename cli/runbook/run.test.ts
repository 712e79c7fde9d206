import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fakeWorld } from "../testing/fake-world.ts";
import { bash } from "./run-shell.ts";
import { alertPage, fence, front, writePages } from "./testing/page-text.ts";

/** A checkout with one page of commands, and golive in it. They are run for real. */
function checkout(commands: string, pages: Readonly<Record<string, string>> = {}) {
  const fake = fakeWorld();
  fake.env = { PATH: process.env.PATH, HOME: "/home/someone", PGHOST: "elsewhere" };
  writePages(fake.world.places.repo, { "a.md": front({ slug: "/a" }) + commands, ...pages });
  return fake;
}

interface Run {
  passed: number;
  failed: number;
  skipped: number;
  pages: { path: string; results: { line: number; state: string; why?: string; output?: string; exit?: number }[] }[];
}

async function run(commands: string, ...flags: string[]) {
  const fake = checkout(commands);
  const { exit, stdout, stderr } = await fake.golive("runbook", "run", "a", "--json", ...flags);
  const json = stdout === "" ? undefined : (JSON.parse(stdout) as Run);
  return { exit, stderr, fake, json, results: json?.pages?.[0]?.results ?? [] };
}

test("commands run in order in one empty folder with golive in it, and what they export carries over", async () => {
  const { exit, results } = await run(
    fence("ls\nexport NAME='two words'\necho kept > file", 'sh expect="^golive$"') +
      fence('echo "[$NAME]"; cat file', 'sh expect="^\\[two words\\]\\nkept$"') +
      fence("export LATER=1; false", "sh exit=1") +
      fence('echo "later $LATER"', 'sh expect="later 1"'),
  );
  expect(results.map(({ state, why }) => why ?? state)).toEqual(["passed", "passed", "passed", "passed"]);
  expect(exit).toBe(0);
});

test("they see the stack and no variable that would lead them to another one; the home is empty", async () => {
  const { results } = await run(
    fence('echo "$GOLIVE_STACK $NO_COLOR"; ! env | grep PGHOST; ls -A "$HOME" | wc -l', 'sh expect="^local 1\\n0$"'),
  );
  expect(results).toMatchObject([{ state: "passed" }]);
});

test("values of the stack stand in commands and expectations", async () => {
  const { results } = await run(
    fence("echo {{gateway}} golive-app", 'sh expect="^{{gateway}} golive-app$"'),
    "--stack",
    "e2e",
  );
  expect(results).toMatchObject([{ state: "passed", output: "http://localhost:8000 golive-e2e-app" }]);
});

test("each way to go wrong is told with file, line, command and output, and the next command is run all the same", async () => {
  const fake = checkout(
    fence("echo out; exit 3") +
      fence("echo other", 'sh expect="^this$"') +
      fence("echo $UNSET", "sh") +
      fence("echo {{grafana}}") +
      fence("echo x"),
  );
  const { exit, stdout } = await fake.golive("runbook", "run", "a");
  expect(exit).toBe(9);
  expect(stdout).toContain("runbooks/a.md:10: exit 3, expected 0\n    echo out; exit 3\n  | out\n");
  expect(stdout).toContain("runbooks/a.md:14: the output does not match ^this$\n    echo other\n  | other\n");
  expect(stdout).toMatch(/runbooks\/a\.md:18: exit 1, expected 0\n {4}echo \$UNSET\n {2}\| .*UNSET: unbound variable/);
  expect(stdout).toContain("runbooks/a.md:22: no environment has a value for {{grafana}}\n");
  expect(stdout.trimEnd().split("\n").at(-1)).toBe("1 passed, 4 failed, 0 skipped");
});

test("what takes too long is ended with all that it has started", async () => {
  const { results } = await run(fence('sleep 987 &\necho "child $!"\nsleep 987', "sh limit=1"));
  expect(results).toMatchObject([{ state: "failed", why: "not done within 1 s" }]);
  const [, pid = ""] = /child (\d+)/.exec(results[0]?.output ?? "") ?? [];
  await expect.poll(() => isRunning(Number(pid)), { timeout: 5000 }).toBe(false);
});

test("what a page leaves running is ended with it, and does not hold it up", async () => {
  const { results } = await run(fence('sleep 986 &\necho "child $!"', 'sh expect="child"'));
  expect(results).toMatchObject([{ state: "passed" }]);
  const [, pid = ""] = /child (\d+)/.exec(results[0]?.output ?? "") ?? [];
  await expect.poll(() => isRunning(Number(pid)), { timeout: 5000 }).toBe(false);
});

/** A zombie that nobody has waited for yet is none. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

test("Ctrl-C ends the command and the run", async () => {
  const controller = new AbortController();
  const running = bash({
    script: join(import.meta.dirname, "testing", "wait-for-ever.sh"),
    cwd: "/",
    env: { PATH: process.env.PATH ?? "" },
    limitMs: 60_000,
    signal: controller.signal,
  });
  const ended = expect(running).rejects.toThrow("stopped");
  controller.abort(new Error("stopped"));
  await ended;
});

test("secrets that a command prints are in no report", async () => {
  const jwt = `eyJ${"a".repeat(20)}.${"b".repeat(20)}.${"c".repeat(20)}`;
  const { results } = await run(fence(`echo ${jwt} password=hunter2; printf '\\033[31mred\\033[0m\\n'; exit 1`));
  expect(results[0]?.output).toBe("*** password=***\nred");
});

test("much output is kept at its end only", async () => {
  const { results } = await run(fence("seq 1 100000; exit 1"));
  expect(results[0]?.output?.split("\n")).toHaveLength(41);
});

test("what is skipped is counted, with its reason", async () => {
  const { json, results, exit } = await run(fence("false", 'sh skip="needs AWS"') + fence("echo x"));
  expect({ exit, ...json }).toMatchObject({ exit: 0, passed: 1, failed: 0, skipped: 1, executed: 0.5 });
  expect(results[0]).toMatchObject({ state: "skipped", why: "needs AWS" });
});

test("commands that change something need a yes; on a protected stack, the stack's name from a person", async () => {
  const danger = fence("echo x", 'sh danger expect="x"');
  const refused = await run(danger);
  expect(refused).toMatchObject({ exit: 2, stderr: expect.stringContaining("there is no terminal to ask on") });
  expect(await run(danger, "--yes")).toMatchObject({ exit: 0 });
  const guarded = await run(danger, "--yes", "--stack", "staging");
  expect(guarded).toMatchObject({ exit: 2, stderr: expect.stringContaining('stack "staging" is protected') });

  const fake = checkout(danger);
  fake.stdinIsTTY = true;
  fake.typed = "stagin";
  expect(await fake.golive("runbook", "run", "--yes", "--stack", "staging")).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining("that was not the stack's name"),
  });
  fake.typed = "staging";
  expect(await fake.golive("runbook", "run", "--yes", "--stack", "staging")).toMatchObject({ exit: 0 });
});

test("the stamp says when a page passed and with which commands, and keeps what is said of others", async () => {
  const fake = checkout(fence("echo x"), { "b.md": front({ slug: "/b" }) + fence("false") });
  const file = join(fake.world.places.repo, "runbooks/passed.json");
  const stamps = () => JSON.parse(readFileSync(file, "utf8")) as Record<string, { at: string; commands: string }>;
  expect(await fake.golive("runbook", "run", "--stamp")).toMatchObject({ exit: 9 });
  const first = stamps();
  expect(first).toEqual({
    "a.md": { at: "2026-11-25T12:00:00.000Z", commands: expect.stringMatching(/^[0-9a-f]{12}$/) },
  });
  writePages(fake.world.places.repo, { "a.md": front({ slug: "/a" }) + fence("echo x; echo y") });
  await fake.golive("runbook", "run", "a", "--stamp");
  expect(stamps()["a.md"]?.commands).not.toBe(first["a.md"]?.commands);
});

test("golive runbook confirm writes the hash of the alerts' data into the page", async () => {
  const fake = checkout("", { "alerts/gateway-down.md": alertPage({}, { slug: "/alerts/gateway-down" }) });
  const { alertHash } = await import("@golive/infra/runbooks/facts.ts");
  expect(await fake.golive("runbook", "confirm", "gateway-down")).toMatchObject({ exit: 0 });
  const page = readFileSync(join(fake.world.places.repo, "runbooks/alerts/gateway-down.md"), "utf8");
  expect(page).toContain(`confirmed: "${alertHash("gateway-down")}"`);
  expect(await fake.golive("runbook", "confirm", "a")).toMatchObject({ exit: 2 });
});

test("golive runbook generate writes cards, catalogue and environments once, and check knows when they are old", async () => {
  const fake = checkout("", { "alerts/gateway-down.md": alertPage({}, { slug: "/alerts/gateway-down" }) });
  const written = async () => JSON.parse((await fake.golive("runbook", "generate", "--json")).stdout).written;
  const stale = async () => (await fake.golive("runbook", "check")).stdout.match(/^.*is not as the data say.*$/gm);
  expect(await stale()).toHaveLength(3);
  expect(await written()).toEqual([
    "runbooks/alerts/gateway-down.md",
    "runbooks/alerts/index.md",
    "runbooks/environments.json",
  ]);
  expect(await stale()).toBeNull();
  expect(await written()).toEqual([]);
  const page = readFileSync(join(fake.world.places.repo, "runbooks/alerts/gateway-down.md"), "utf8");
  expect(page).toContain("| `GatewayAbsent` | |");
  expect(page).toContain("## Meaning\n\nWords about Meaning.");
});

test("golive runbook check prints file:line: message and ends with 2", async () => {
  const fake = checkout(fence("x", "sh"));
  const { exit, stdout } = await fake.golive("runbook", "check");
  expect(exit).toBe(2);
  expect(stdout).toContain("runbooks/a.md:10: a command has neither expect nor skip\n");
  expect(stdout).toMatch(/\n\d+ findings\n$/);
});
