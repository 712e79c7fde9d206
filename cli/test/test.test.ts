import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { interrupted } from "../core/interrupt.ts";
import { fakeWorld } from "../testing/fake-world.ts";
import { verdict } from "./checks.ts";
import { type Counts, countsLine, none, sum } from "./counts.ts";

const green: Counts = { passed: 3, failed: [], skipped: [] };

/** A repository with two end-to-end files; `answers` is what each program that is started does. */
function testWorld(answers: (args: readonly string[], env: Record<string, string>) => Counts | number) {
  const fake = fakeWorld();
  mkdirSync(join(fake.world.places.repo, "tests/e2e"), { recursive: true });
  for (const name of ["02-backup", "01-up"])
    writeFileSync(join(fake.world.places.repo, `tests/e2e/${name}.test.ts`), "");
  const ran: string[] = [];
  fake.world.spawn = async (_file, args, options) => {
    const env = options.env ?? {};
    const shown = args.map((arg) => arg.replace(`${fake.world.places.repo}/`, ""));
    ran.push([...shown.slice(0, 2), ...shown.slice(2).filter((arg) => arg.endsWith(".test.ts"))].join(" "));
    const answer = answers(shown, env);
    if (typeof answer === "number") return { code: answer, signal: null };
    writeFileSync(env["GOLIVE_TEST_REPORT"] as string, JSON.stringify(answer));
    return { code: answer.failed.length > 0 ? 1 : 0, signal: null };
  };
  return { fake, ran };
}
const isVitest = (args: readonly string[]) => args[0]?.includes("vitest") ?? false;

test("everything, in order: lint, types, unit tests, each end-to-end file; the cluster is deleted before and after; counts come last", async () => {
  const { fake, ran } = testWorld((args) => (isVitest(args) ? green : 0));
  const { exit, stdout } = await fake.golive("test");
  expect(ran.map((line) => line.replace(/^node_modules\/(@\w+\/)?(\w+)\S* /, "$2 "))).toEqual([
    "-m venv",
    "-m pip",
    "cli/main.ts cluster",
    "biome check",
    "typescript --noEmit",
    "vitest run",
    "vitest run tests/e2e/01-up.test.ts",
    "vitest run tests/e2e/02-backup.test.ts",
    "cli/main.ts cluster",
  ]);
  expect(fake.calls).toEqual([
    "packages postgresql redis-server age zstd jq chromium python3-venv",
    expect.stringMatching(/^tools kubernetes /),
  ]);
  expect(stdout.trimEnd().split("\n").at(-1)).toBe("11 passed, 0 failed, 0 skipped");
  expect(exit).toBe(0);
});

test("end-to-end tests get a stack and ports of their own", async () => {
  const seen: Record<string, string>[] = [];
  const { fake } = testWorld((args, env) => {
    if (!isVitest(args)) return 0;
    seen.push(env);
    return green;
  });
  await fake.golive("test", "--e2e");
  expect(seen[0]).toMatchObject({
    GOLIVE_STACK: "e2e",
    GOLIVE_PORT_OFFSET: "10000",
    GOLIVE: join(fake.world.places.repo, "golive"),
  });
});

test("a failure does not keep the rest from running, is shown, and makes exit 9", async () => {
  const { fake, ran } = testWorld((args) =>
    isVitest(args)
      ? {
          passed: 1,
          failed: [{ test: "adds", file: "a.test.ts", message: "expected 1 to be 2\nat a.test.ts:3" }],
          skipped: [],
        }
      : args[0]?.includes("biome")
        ? 1
        : 0,
  );
  const { exit, stdout } = await fake.golive("test", "--unit");
  expect(ran).toHaveLength(5);
  expect(stdout).toContain(
    "Failed:\n  lint: \n  a.test.ts > adds: expected 1 to be 2\n\n2 passed, 2 failed, 0 skipped\n",
  );
  expect(fake.lines).toContain("FAILED a.test.ts > adds\nexpected 1 to be 2\nat a.test.ts:3\n");
  expect(exit).toBe(9);
});

test("every skipped test is named with its reason", async () => {
  const { fake } = testWorld((args) =>
    isVitest(args) ? { ...green, skipped: [{ test: "pg_dump", file: "b.test.ts", reason: "no postgres here" }] } : 0,
  );
  const { stdout } = await fake.golive("test", "--unit");
  expect(stdout).toContain("Skipped:\n  b.test.ts > pg_dump: no postgres here\n\n5 passed, 0 failed, 1 skipped\n");
});

test("--only runs one file, with a cluster only when it needs one", async () => {
  const { fake, ran } = testWorld((args) => (isVitest(args) ? green : 0));
  await fake.golive("test", "--only", "cli/core/help.test.ts");
  expect(ran.map((line) => line.split(" ").at(-1))).toEqual(["cli/core/help.test.ts"]);
  await fake.golive("test", "--only", "01-up");
  expect(ran.slice(1)).toHaveLength(3);
});

test("--only may be repeated: unit tests first, then what needs the cluster, in the order of the whole run", async () => {
  const { fake, ran } = testWorld((args) => (isVitest(args) ? green : 0));
  await fake.golive("test", "--only", "02-", "--only", "cli/core/help.test.ts", "--only", "01-up");
  const files = ran.filter((line) => line.includes("vitest")).map((line) => line.split(" ").at(-1) ?? "");
  expect(files[0]).toBe("cli/core/help.test.ts");
  expect(files.slice(1).map((file) => file.split("/").at(-1)?.slice(0, 2))).toEqual(["01", "02"]);
});

test("after Ctrl-C the cluster is deleted all the same", async () => {
  const { fake, ran } = testWorld((args) => {
    if (isVitest(args)) fake.controller.abort(interrupted());
    return 0;
  });
  const { exit } = await fake.golive("test", "--e2e");
  expect(ran.at(-1)).toContain("cli/main.ts cluster");
  expect(ran).toHaveLength(3);
  expect(exit).toBe(130);
});

test.each([
  ["no report", undefined, 1, "vitest ended (1) without results"],
  ["no tests", none, 0, "no tests were found"],
  ["a bad end without a failure", green, 1, "vitest ended with 1"],
])("%s is a failure, never green", (_, counts, exit, message) => {
  expect(verdict("unit tests", counts, exit, []).failed[0]?.message).toContain(message);
});

test("counts add up", () => {
  const skipped = [{ test: "a", file: "b", reason: "c" }];
  expect(countsLine(sum([green, { ...green, skipped }, none]))).toBe("6 passed, 0 failed, 1 skipped");
});
