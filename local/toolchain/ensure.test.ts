import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GoliveError } from "@golive/errors/golive-error.ts";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { requireFree } from "./disk.ts";
import { ensureTools, isReady, missingTools, toolPath } from "./ensure.ts";
import { withToolLock } from "./lock.ts";
import { toolDir } from "./programs.ts";

let cache: string;
const signal = new AbortController().signal;
const quiet = { report: () => undefined, signal };

beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), "golive-cache-"));
  vi.stubEnv("XDG_CACHE_HOME", cache);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true, force: true });
});

test("without Go the error names it and how to get it, and nothing is left behind", async () => {
  vi.stubEnv("PATH", "/nowhere");
  const failed = await ensureTools(["versitygw"], quiet).catch((error: unknown) => error);
  vi.stubEnv("PATH", process.env["PATH"] ?? "");
  expect(failed).toMatchObject({
    code: "TOOL_MISSING",
    message: "no go on PATH; the platform's tools are built with it",
  });
  expect((failed as GoliveError).hint).toContain("Install Go 1.26.8");
  expect(isReady("versitygw")).toBe(false);
});

test("too little disk is said before anything starts, with what is there and what is needed", () => {
  const needed = 2 ** 60;
  expect(() => requireFree(cache, needed, "building the tools")).toThrow(
    /needs 1073741824\.0 GiB free in .*; [\d.]+ GiB are free/,
  );
});

test("a tool whose programs are all there is not built again", async () => {
  mkdirSync(join(toolDir("versitygw"), "bin"), { recursive: true });
  writeFileSync(join(toolDir("versitygw"), "bin", "versitygw"), "");
  expect(missingTools(["versitygw"])).toEqual([]);
  expect(toolPath("versitygw")).toBe(join(toolDir("versitygw"), "bin", "versitygw"));
  vi.stubEnv("PATH", "/nowhere");
  await expect(ensureTools(["versitygw"], quiet)).resolves.toBeUndefined();
});

test("a second run waits for the first and says so", async () => {
  const lines: string[] = [];
  const order: string[] = [];
  let finish = () => {};
  const first = withToolLock(
    quiet,
    () =>
      new Promise<void>((resolve) => {
        finish = () => {
          order.push("first");
          resolve();
        };
      }),
  );
  await vi.waitFor(() => expect(finish.toString()).toContain("order"), { timeout: 5_000 });
  const second = withToolLock({ report: (line) => lines.push(line), signal }, async () => {
    order.push("second");
  });
  await vi.waitFor(() => expect(lines).toContain("another golive is building tools; waiting for it"), {
    timeout: 5_000,
  });
  finish();
  await Promise.all([first, second]);
  expect(order).toEqual(["first", "second"]);
});

test("the lock of a run that was killed is taken over", async () => {
  const script = `
    import { withToolLock } from ${JSON.stringify(join(import.meta.dirname, "lock.ts"))};
    await withToolLock({ report() {}, signal: new AbortController().signal }, () => { console.log("held"); return new Promise(() => setInterval(() => {}, 1000)); });`;
  const child = execa(process.execPath, ["--input-type=module", "-e", script], {
    reject: false,
    env: { XDG_CACHE_HOME: cache },
  });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  child.kill("SIGKILL");
  await child;
  await expect(withToolLock(quiet, async () => "mine")).resolves.toBe("mine");
}, 40_000);
