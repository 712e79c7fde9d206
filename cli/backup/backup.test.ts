import { runCli } from "@golive/backup/cli.ts";
import type { jobs } from "@golive/infra/backups/jobs.ts";
import { expect, test } from "vitest";
import { fakeWorld } from "../testing/fake-world.ts";
import { documentOf, inOurWords } from "./job.ts";

const id = "2026-11-24T020013Z-3f9c1a";

test("backup run streams what the job says and ends as it ends", async () => {
  const fake = fakeWorld();
  fake.job.lines = ["dumping app", "backup 20261125T120000Z-3f9c"];
  expect(await fake.golive("backup", "run")).toEqual({ exit: 0, stdout: "", stderr: "" });
  expect(fake.jobs).toMatchObject([{ namespace: "golive-app", cronJob: "backup", args: ["run", "--reason=manual"] }]);
  expect(fake.lines).toEqual(["stdout: dumping app", "stdout: backup 20261125T120000Z-3f9c"]);
});

test("the job's own error becomes golive's, with its code, in golive's words, and secrets in its lines are masked", async () => {
  const fake = fakeWorld();
  fake.job = {
    exitCode: 7,
    trouble: undefined,
    lines: [
      "PGPASSWORD=hunter2",
      'error BACKUP_NOT_FOUND: no backup has the id "x"',
      "hint: List them with `golive-backup list`.",
    ],
  };
  const { exit, stderr } = await fake.golive("backup", "show", "x");
  expect(stderr).toBe('error BACKUP_NOT_FOUND: no backup has the id "x"\nhint: List them with `golive backup list`.\n');
  expect(exit).toBe(7);
  // Said once, as golive's error: not in the stream of the job's lines as well.
  expect(fake.lines).toEqual(["stdout: PGPASSWORD=***"]);
});

test.each([
  [
    { exitCode: 137, trouble: undefined, lines: ["dumping", ""] },
    "job backup-manual-1 ended with exit status 137: dumping",
  ],
  [{ exitCode: 1, trouble: undefined, lines: [] }, "job backup-manual-1 ended with exit status 1: it said nothing"],
  [{ exitCode: 1, trouble: undefined, lines: ["error NO_SUCH_CODE: x"] }, "exit status 1: error NO_SUCH_CODE: x"],
  [
    { exitCode: 1, trouble: "ErrImageNeverPull: no image", lines: [] },
    "job backup-manual-1 did not start: ErrImageNeverPull: no image",
  ],
])("a job that ends badly is BACKUP_FAILED with its last words (%#)", async (job, message) => {
  const fake = fakeWorld();
  fake.job = job;
  const { exit, stderr } = await fake.golive("backup", "run");
  expect(stderr).toContain(message);
  expect(exit).toBe(7);
});

test("under --json the document is the result, and what the job says before it goes to stderr", async () => {
  const fake = fakeWorld();
  fake.job.lines = ["[note] connecting", "{", '  "id": "a"', "}"];
  const { exit, stdout } = await fake.golive("backup", "show", id, "--json");
  expect(JSON.parse(stdout)).toEqual({ id: "a" });
  expect(exit).toBe(0);
  expect(fake.jobs[0]?.args).toEqual(["show", "--json", "--", id]);
  fake.job.lines = ["nonsense"];
  expect((await fake.golive("backup", "show", id, "--json")).exit).toBe(7);
});

test("a document is found among the lines of a log, whatever stands around it", () => {
  expect(documentOf(["[x] dumping", "{", '  "a": [', "    1", "  ]", "}", "late line of the log"])).toEqual({ a: [1] });
  expect(documentOf(["begin", "[]"])).toEqual([]);
  expect(() => documentOf(["[x] dumping", "{", '  "cut'])).toThrow("no JSON document");
});

test.each([
  [["backup", "monitor"], 2],
  [["backup", "verify"], 7],
  [["backup", "verify"], 12],
  [["drill"], 10],
  [["drill"], 11],
])("an answer that is bad news is shown whole and keeps its exit status: %j, %i", async (argv, exitCode) => {
  const fake = fakeWorld();
  fake.job = { exitCode, trouble: undefined, lines: ["{", '  "state": "red"', "}"] };
  const { exit, stdout, stderr } = await fake.golive(...argv, "--json");
  expect({ exit, stderr, json: JSON.parse(stdout) }).toEqual({ exit: exitCode, stderr: "", json: { state: "red" } });
});

test("an error of the job under an answer's exit status is an error all the same", async () => {
  const fake = fakeWorld();
  fake.job = { exitCode: 2, trouble: undefined, lines: ["error CONFIG_INVALID: PGPORT=x", "hint: Set it."] };
  const { exit, stderr } = await fake.golive("backup", "monitor");
  expect({ exit, stderr }).toEqual({ exit: 2, stderr: "error CONFIG_INVALID: PGPORT=x\nhint: Set it.\n" });
});

test("what a person says of a backup is said in the person's name", async () => {
  const fake = fakeWorld();
  fake.env.USER = "ada";
  await fake.golive("backup", "hold", id, "--reason", "audit 2026");
  await fake.golive("backup", "release", id, "--reason", "--yes", "--by", "bob");
  expect(fake.jobs.map(({ cronJob, args }) => [cronJob, args])).toEqual([
    ["backup-hold", ["hold", "--by=ada", "--reason=audit 2026", "--", id]],
    // A value never turns into a flag.
    ["backup-hold", ["release", "--reason=--yes", "--by=bob", "--", id]],
  ]);
});

test("pruning shows first; people are asked, programs have to say --yes", async () => {
  const fake = fakeWorld();
  await fake.golive("backup", "prune");
  expect(fake.jobs.map(({ args }) => args)).toEqual([["prune"]]);
  fake.stdinIsTTY = true;
  fake.answer = false;
  await fake.golive("backup", "prune", "--database", "app");
  expect(fake.jobs.slice(1).map(({ args }) => args)).toEqual([["prune", "--database=app"]]);
  fake.answer = true;
  await fake.golive("backup", "prune");
  expect(fake.jobs.slice(2).map(({ args }) => args)).toEqual([["prune"], ["prune", "--yes"]]);
  expect(fake.calls.filter((call) => call.startsWith("asked"))).toHaveLength(2);
  fake.jobs = [];
  fake.stdinIsTTY = false;
  await fake.golive("backup", "prune", "--yes");
  expect(fake.jobs.map(({ args }) => args)).toEqual([["prune", "--yes"]]);
});

test("commands in the words of the job are told in those of golive", () => {
  expect(inOurWords("run `golive-backup accept x`, or `golive-backup undo`, or `golive-backup restore status`")).toBe(
    "run `golive backup accept x`, or `golive undo`, or `golive restore status`",
  );
});

/** What the front door asks of the program, for every verb of it that goes through a job. */
const doors: [argv: string[], cronJob: keyof typeof jobs][] = [
  [["backup", "run", "--database", "a", "--include", "x", "--include", "y", "--exclude", "z"], "backup"],
  [["backup", "run", "--all"], "backup"],
  [["backup", "show", id, "--database", "a"], "backup-list"],
  [["backup", "verify", "--id", id, "--database", "a", "--all", "--days", "3"], "backup-verify"],
  [["backup", "prune", "--database", "a", "--yes"], "backup-prune"],
  [["backup", "hold", id, "--reason", "r", "--database", "a"], "backup-hold"],
  [["backup", "release", id, "--reason", "r"], "backup-hold"],
  [["backup", "accept", id, "--reason", "r"], "backup-hold"],
  [["backup", "monitor"], "backup-monitor"],
  [["restore", "latest", "--into", "b", "--database", "a", "--table", "s.t", "--schema", "s"], "backup-restore"],
  [["restore", "latest", "--replace", "--yes"], "backup-restore"],
  [["restore", "--before", "2026-11-24T12:00:00Z", "--into", "b"], "backup-restore"],
  [["restore", "latest", "--table", "s.t", "--as", "s.u", "--unproven", "--allow-unsigned"], "backup-restore"],
  [["restore", "latest", "--into", "b", "--owner", "app", "--no-acl", "--create-roles"], "backup-restore"],
  [["restore", "latest", "--into", "b", "--no-owner", "--no-tablespaces", "--no-publications"], "backup-restore"],
  [
    ["restore", "latest", "--replace", "--no-safety-backup", "--reason", "r", "--no-subscriptions", "-y"],
    "backup-restore",
  ],
  [["restore", "status"], "backup-restore"],
  [["restore", "drop", "kept", "--force", "--yes"], "backup-restore"],
  [["undo", "--database", "a", "--to", "kept", "--expired", "--yes"], "backup-restore"],
  [["drill", "--id", "latest", "--database", "a"], "backup-drill"],
  [["drill", "--point-in-time", "--database", "a", "--tolerance", "0.5"], "backup-drill-point-in-time"],
];

test.each(doors)("golive %j is a command line that the program in job %s understands", async (argv, cronJob) => {
  const fake = fakeWorld();
  // Nobody is asked anything of the live database.
  fake.pods = [];
  await fake.golive(...argv, "--json");
  expect(fake.jobs.map((job) => job.cronJob)).toEqual([cronJob]);
  // Without variables it gets no further than its command line.
  const { stdout, stderr } = await runCli(fake.jobs[0]?.args ?? [], {
    env: {},
    now: () => new Date(),
    report: () => {},
    signal: new AbortController().signal,
  });
  expect(stdout + stderr).toContain("is not set");
  expect(stderr).not.toContain("USAGE");
});
