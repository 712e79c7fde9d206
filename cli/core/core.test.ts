import { PassThrough } from "node:stream";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { expect, test } from "vitest";
import { fakeWorld } from "../testing/fake-world.ts";
import { exitStatus, runChild } from "./child.ts";
import { elapsed } from "./elapsed.ts";
import { interrupted } from "./interrupt.ts";
import { runSteps } from "./progress.ts";
import { errorText } from "./run.ts";
import { table } from "./table.ts";

test.each([
  [350, "0.3 s"],
  [12_400, "12 s"],
  [187_000, "3 m 07 s"],
  [3_720_000, "1 h 02 m"],
])("%i ms read as %s", (ms, shown) => {
  expect(elapsed(ms)).toBe(shown);
});

test("tables line up and end without blanks", () => {
  expect(
    table(
      [
        ["a", "b", "c"],
        ["long", "", ""],
      ],
      "  ",
    ),
  ).toBe("  a     b  c\n  long");
});

test("an error without --debug is two lines; with it the stack and every cause follow", () => {
  const error = new GoliveError("INTERNAL", "token=abcdef is bad", "Do this.", { cause: new Error("under it") });
  expect(errorText(error, false)).toBe("error INTERNAL: token=*** is bad\nhint: Do this.\n");
  expect(errorText(error, true)).toContain("Error: under it\n    at ");
});

test("what nobody foresaw is INTERNAL, with exit 1 and without a stack", async () => {
  const fake = fakeWorld();
  fake.updateError = new TypeError("x is not a function\n    at secret place");
  expect(await fake.golive("up")).toEqual({
    exit: 1,
    stdout: "",
    stderr: "error INTERNAL: TypeError: x is not a function\nhint: Run the same command with --debug for the stack.\n",
  });
});

async function shown(isTTY: boolean, work: () => Promise<string | undefined>): Promise<string> {
  const stream = new PassThrough() as unknown as NodeJS.WriteStream;
  let text = "";
  stream.on("data", (chunk) => {
    text += chunk;
  });
  const steps = [
    { title: "First", run: work },
    { title: "Second", skip: () => "not wanted", run: work },
  ];
  await runSteps(steps, {
    terminal: { isTTY, colour: isTTY, columns: 80 },
    stream,
    signal: new AbortController().signal,
  }).catch(() => {});
  return text;
}

test("progress in a log: one line an event, with the time since the start, and no control characters", async () => {
  expect(await shown(false, async () => "5 in place")).toMatch(
    /^\[ +0\.0 s\] > First\n\[ +0\.\d s\] \+ First: 5 in place \(0\.\d s\)\n\[ +0\.\d s\] - Second: skipped, not wanted\n$/,
  );
});

test("a step that fails says so and how long it took", async () => {
  expect(await shown(false, () => Promise.reject(new Error("no")))).toMatch(/x First: failed \(0\.\d s\)\n$/);
});

test("progress on a terminal is a list that shows outcomes", async () => {
  const text = await shown(true, async () => "5 in place");
  expect(text).toContain("First: 5 in place (0.");
  expect(text).toContain("Second: skipped, not wanted");
});

test("a child's lines arrive whole and in order, and its status is its own", async () => {
  const lines: string[] = [];
  const ended = await runChild("sh", ["-c", "echo one; echo two >&2; printf three; exit 4"], {
    output: (line) => lines.push(line),
  });
  expect(lines.sort()).toEqual(["one", "three", "two"]);
  expect(exitStatus(ended)).toBe(4);
});

test("Ctrl-C ends a child and what it started", async () => {
  const controller = new AbortController();
  const began = Date.now();
  const child = runChild("sh", ["-c", "sleep 60 & wait"], { output: () => {}, signal: controller.signal, grace: 500 });
  setTimeout(() => controller.abort(interrupted()), 200);
  expect(exitStatus(await child)).toBeGreaterThan(128);
  expect(Date.now() - began).toBeLessThan(5000);
});

test("a program that is not there is TOOL_MISSING", async () => {
  await expect(runChild("/no/such/program", [], { output: "ignore" })).rejects.toMatchObject({ code: "TOOL_MISSING" });
});
