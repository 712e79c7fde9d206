import { expect, test } from "vitest";
import { fakeWorld } from "../testing/fake-world.ts";

const id = "2026-11-24T020013Z-3f9c1a";
const ended = (...lines: string[]) => ({ exitCode: 0, trouble: undefined, lines });
const listed = ended(
  "{",
  '  "backups": [',
  `    { "id": "${id}", "database": "app", "started": "2026-11-24T02:00:13Z" },`,
  '    { "id": "2026-11-23T020011Z-000000", "database": "app" }',
  "  ]",
  "}",
);

test("into a new database nothing is asked: what is live goes on", async () => {
  const fake = fakeWorld();
  fake.job.lines = ["restored"];
  expect(await fake.golive("restore", id, "--into", "app2")).toMatchObject({ exit: 0, stderr: "" });
  expect(fake.jobs).toMatchObject([{ cronJob: "backup-restore", args: ["restore", "--into=app2", "--", id] }]);
  expect(fake.lines).toEqual(["stdout: restored"]);
});

test("to replace the live database people are asked by its name, and the job is told that they said yes", async () => {
  const fake = fakeWorld();
  fake.stdinIsTTY = true;
  await fake.golive("restore", "latest", "--replace");
  expect(fake.calls).toContainEqual(expect.stringMatching(/^asked: Replace .* of stack local by latest\?/));
  expect(fake.jobs[0]?.args).toEqual(["restore", "--yes", "--replace", "--", "latest"]);
});

test.each([
  [false, true],
  [true, false],
])("without a yes nothing is started (terminal: %s, answer: %s)", async (stdinIsTTY, answer) => {
  const fake = fakeWorld();
  Object.assign(fake, { stdinIsTTY, answer });
  const { exit, stderr } = await fake.golive("restore", "latest", "--replace");
  expect(stderr).toContain("golive restore latest --replace --yes");
  expect({ exit, jobs: fake.jobs }).toEqual({ exit: 2, jobs: [] });
});

test.each([
  [["restore"], "no backup and no moment is named"],
  [["restore", "latest"], "not said where to restore"],
  [["restore", "latest", "--into", "b", "--replace"], "--into and --replace are given together"],
  [["restore", "latest", "--as", "s.t", "--replace"], "--replace and --as are given together"],
  [["restore", "latest", "--before", "2026-11-24T12:00:00Z", "--into", "b"], "backup and before are given together"],
  [["restore", "latest", "--table", "s.t", "--replace"], "--table is given with --replace"],
  [["restore", "--at", "2026-11-24T12:00:00Z", "--into", "b", "--schema", "s"], "--schema is given with --at"],
])("%j is refused before anything is started", async (argv, message) => {
  const fake = fakeWorld();
  const { exit, stderr } = await fake.golive(...argv);
  expect(stderr).toContain(message);
  expect({ exit, jobs: fake.jobs, calls: fake.calls }).toEqual({ exit: 2, jobs: [], calls: [] });
});

test("on a terminal it shows the backups, asks which and where to, and then whether", async () => {
  const fake = fakeWorld();
  fake.stdinIsTTY = true;
  fake.nextJobs = [listed];
  const typed = ["1", ""];
  Object.defineProperty(fake, "typed", { get: () => typed.shift() });
  await fake.golive("restore");
  expect(fake.lines.join("\n")).toContain(`1  ${id}`);
  expect(fake.jobs.map(({ args }) => args)).toEqual([
    ["list", "--json"],
    ["restore", "--yes", "--replace", "--", id],
  ]);
  expect(fake.calls.filter((call) => call.startsWith("asked"))).toHaveLength(3);
});

test("a switch that says no is passed on as it was typed", async () => {
  const fake = fakeWorld();
  await fake.golive("restore", id, "--into", "b", "--no-owner", "--no-acl");
  await fake.golive("restore", id, "--into", "b", "--owner", "app");
  expect(fake.jobs.map(({ args }) => args)).toEqual([
    ["restore", "--into=b", "--no-owner", "--no-acl", "--", id],
    ["restore", "--into=b", "--owner=app", "--", id],
  ]);
});

test("undo asks, and says yes to the job; without a terminal it wants --yes", async () => {
  const fake = fakeWorld();
  expect((await fake.golive("undo")).exit).toBe(2);
  fake.stdinIsTTY = true;
  await fake.golive("undo");
  fake.stdinIsTTY = false;
  await fake.golive("undo", "--yes");
  expect(fake.jobs.map(({ args }) => args)).toEqual([
    ["undo", "--yes"],
    ["undo", "--yes"],
  ]);
});

test("restore status looks, and restores nothing", async () => {
  const fake = fakeWorld();
  await fake.golive("restore", "status");
  expect(fake.jobs).toMatchObject([{ cronJob: "backup-restore", args: ["restore", "status"] }]);
});
