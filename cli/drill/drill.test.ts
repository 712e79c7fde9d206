import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { type FakeWorld, fakeWorld, pod } from "../testing/fake-world.ts";

const key = `AGE-SECRET-KEY-1${"Q".repeat(58)}`;
let fake: FakeWorld;
beforeEach(() => {
  fake = fakeWorld();
  fake.job.lines = ["[note] recovering", "{", '  "drills": []', "}"];
});

describe("of the archive", () => {
  let asked: string[];
  beforeEach(() => {
    asked = [];
    fake.pods = [pod("postgres", { name: "postgres-1" })];
    fake.executed = (command) => {
      const text = command.join(" ");
      asked.push(text);
      const stdout = text.includes("clock_timestamp")
        ? "t\n"
        : text.includes("pg_switch_wal")
          ? "812\n000000010000000000000007\n"
          : "2026-11-25T11:58:00.000Z|000000010000000000000007|\n";
      return { exitCode: 0, stdout, stderr: "" };
    };
  });

  test("the archive is brought up to now first, so that it reaches the newest backup, and that one is drilled", async () => {
    const { exit, stdout } = await fake.golive("drill", "--point-in-time", "--json");
    expect([exit, JSON.parse(stdout)]).toEqual([0, { drills: [] }]);
    expect(asked.join("\n")).toContain("pg_switch_wal");
    expect(fake.lines).toContain("+ Bring the archive up to now: up to 000000010000000000000007");
    expect(fake.jobs).toMatchObject([
      {
        cronJob: "backup-drill-point-in-time",
        args: ["drill", "--plane=point-in-time", "--id=latest", "--json"],
      },
    ]);
  });

  test("a backup that is named is the one; the tolerance is passed on", async () => {
    await fake.golive("drill", "--point-in-time", "--id", "2026-11-24T020013Z-3f9c1a", "--tolerance", "0");
    expect(fake.jobs[0]?.args).toEqual([
      ...["drill", "--plane=point-in-time", "--id=2026-11-24T020013Z-3f9c1a", "--tolerance=0"],
    ]);
  });

  test("with the live database lost, the archive is drilled as it is", async () => {
    fake.pods = [];
    expect((await fake.golive("drill", "--point-in-time")).exit).toBe(0);
    expect(fake.lines.join("\n")).toContain("left as it is: no primary of the database is ready");
    expect(fake.jobs).toHaveLength(1);
  });

  test.each([10, 11])("an answer that is bad news keeps its exit status: %i", async (exitCode) => {
    fake.job.exitCode = exitCode;
    expect((await fake.golive("drill", "--point-in-time")).exit).toBe(exitCode);
  });
});

describe("with a key that is not in the cluster", () => {
  function file(content: string): string {
    const path = join(fake.world.places.repo, "escrow.txt");
    writeFileSync(path, content);
    return path;
  }

  test("it goes to the job's standard input, and stands in no argument and no variable", async () => {
    const content = `# created: 2026-11-25\n# public key: age1x\n${key}\n`;
    const { exit } = await fake.golive("drill", "--id", "latest", "--identity", file(content));
    expect(exit).toBe(0);
    const [job] = fake.jobs;
    expect(job).toMatchObject({
      cronJob: "backup-drill",
      args: ["drill", "--id=latest", "--identity=-"],
      stdin: content,
    });
    expect(JSON.stringify({ ...job, stdin: undefined })).not.toContain("AGE-SECRET-KEY");
  });

  test.each([
    ["a file that is not there", () => "/nowhere/escrow.txt", "ENOENT"],
    ["a file with its public half alone", () => file("age1xyz\n"), "holds no age identity"],
  ])("%s is refused before anything is started", async (_, path, words) => {
    const { exit, stderr } = await fake.golive("drill", "--identity", path());
    expect([exit, stderr]).toEqual([2, expect.stringContaining(words)]);
    expect(fake.jobs).toEqual([]);
  });

  test("without one the job reads no standard input", async () => {
    await fake.golive("drill");
    expect(fake.jobs[0]).not.toHaveProperty("stdin");
  });
});

test.each([
  [["--point-in-time", "--identity", "x"], "--identity is given with --point-in-time"],
  [["--tolerance", "1"], "--tolerance is given without --point-in-time"],
])("drill %j is a wrong use", async (argv, words) => {
  const { exit, stderr } = await fake.golive("drill", ...argv);
  expect([exit, stderr]).toEqual([2, expect.stringContaining(words)]);
  expect(fake.jobs).toEqual([]);
});
