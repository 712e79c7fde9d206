import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { wideOutput } from "./wide-output.ts";

test("without the library nothing is asked of the loader", () => {
  expect(wideOutput(() => false)).toEqual({});
});

const library = wideOutput().LD_PRELOAD;
test.skipIf(library === undefined)("with it, a program's output comes in large pieces", async () => {
  expect(existsSync(library as string)).toBe(true);
  const pieces = async (env: Record<string, string>): Promise<number> => {
    // C's stdio, as pg_dump uses it: a line at a time.
    const child = spawn("seq", ["1", "200000"], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ["ignore", "pipe", "ignore"],
    });
    let [count, bytes] = [0, 0];
    for await (const chunk of child.stdout) [count, bytes] = [count + 1, bytes + (chunk as Buffer).length];
    return bytes / count;
  };
  expect(await pieces(wideOutput())).toBeGreaterThan(16_000);
});
