import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { codes } from "@golive/errors/codes.ts";
import { expect, test } from "vitest";
import { fakeWorld } from "../testing/fake-world.ts";
import { nouns, verbs } from "../verbs.ts";
import { exitCodesMarkdown } from "./exit-codes.ts";

const help = async (...argv: string[]) => (await fakeWorld().golive(...argv)).stdout;

test("golive alone shows every verb and noun, where to start, and every exit status", async () => {
  const shown = await help();
  for (const name of [...Object.keys(verbs).filter((path) => !path.includes(" ")), ...Object.keys(nouns)])
    expect(shown).toMatch(new RegExp(`^  ${name}\\b`, "m"));
  for (const [code, { exit, about }] of Object.entries(codes))
    expect(shown).toMatch(new RegExp(`^ *${exit}  ${code} +${about.replace(/[.*+?()]/g, "\\$&")}$`, "m"));
  expect(await help("--help")).toBe(shown);
});

test.each(Object.keys(verbs).filter((path) => path !== "kubectl"))(
  "golive %s --help tells what it does, its flags, examples and exit statuses",
  async (path) => {
    await expect(await help(...path.split(" "), "--help")).toMatchFileSnapshot(
      `__snapshots__/${path.replace(" ", "-")}.txt`,
    );
  },
);

test("every example is a command line that golive understands", async () => {
  const { parse } = await import("./program.ts");
  for (const [path, { examples }] of Object.entries(verbs)) {
    expect(examples.length, path).toBeGreaterThan(0);
    for (const { run } of examples) {
      const [, line = ""] = /golive ([^|"")]*)/.exec(run) ?? [];
      const parsed = parse(verbs, nouns, line.trim().split(" "));
      expect("chosen" in parsed && parsed.chosen.path, run).toBe(path);
    }
  }
});

test("the table for the README holds every code once, with its status", () => {
  const lines = exitCodesMarkdown().split("\n");
  expect(lines).toHaveLength(Object.keys(codes).length + 3);
  expect(lines).toContain("| 130 | `INTERRUPTED` | stopped by Ctrl-C; run the same command again to go on |");
});

test.each([
  [["bogus"], 'unknown command "bogus"'],
  [["uo"], "(Did you mean up?)"],
  [["logs"], 'missing required argument "component"'],
  [["cluster"], "golive cluster needs a verb"],
  [["cluster", "begin"], 'unknown command "begin"'],
  [["up", "--force"], 'unknown option "--force"'],
  [["up", "a", "b"], "too many arguments"],
  [["backup", "show"], 'missing required argument "id"'],
  [["backup", "hold", "x"], "--reason <text>"],
  [["restore", "statsu", "x"], "too many arguments"],
  [["logs", "gateway", "--tail", "-1"], '--tail takes a whole number, not "-1"'],
  [["up", "../../etc/passwd"], '"../../etc/passwd" is not a stack\'s name'],
])("%j is refused with exit 2 and a hint", async (argv, message) => {
  const { exit, stdout, stderr } = await fakeWorld().golive(...argv);
  expect(stderr).toContain(message);
  expect(stderr).toMatch(/^error USAGE: .*\nhint: .*[.!]\n$/);
  expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
});

test("nobody waits for what help does not need: no engine, no client of clusters", () => {
  const hook = `import { registerHooks } from "node:module";
    registerHooks({ load(url, context, next) { console.error(url); return next(url, context); } });`;
  const main = fileURLToPath(new URL("../main.ts", import.meta.url));
  const hooked = ["--import", `data:text/javascript,${encodeURIComponent(hook)}`, main, "--help"];
  const { status, stderr } = spawnSync(process.execPath, hooked, { encoding: "utf8" });
  expect(status, stderr).toBe(0);
  const packages = new Set([...stderr.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)/g)].map(([, name]) => name));
  expect(packages).toContain("commander");
  expect([...packages].filter((name) => /^@pulumi|^@grpc|^@kubernetes|^typescript$/.test(String(name)))).toEqual([]);
});
