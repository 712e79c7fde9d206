import { appendFileSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tellingLineOf, trimLogs } from "./logs.ts";

test("a log that grew too long is put aside, and its writer goes on in the empty file", async () => {
  const dir = mkdtempSync(join(tmpdir(), "logs-"));
  try {
    const path = join(dir, "etcd.log");
    const writer = openSync(path, "a");
    writeSync(writer, "x".repeat(2000));
    appendFileSync(join(dir, "small.log"), "short");
    await trimLogs(dir, 1000);
    writeSync(writer, "after");
    closeSync(writer);
    expect(readFileSync(path, "utf8")).toBe("after");
    expect(statSync(`${path}.1`).size).toBe(2000);
    expect(readFileSync(join(dir, "small.log"), "utf8")).toBe("short");
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.each([
  ["panic: db is damaged\n\ngoroutine 1 [running]:\nmain.main()\n\t/x/main.go:52 +0x11d\n", "panic: db is damaged"],
  [
    '{"level":"warn","msg":"a"}\n{"level":"fatal","msg":"cannot open"}\n{"level":"info","msg":"bye"}\n',
    '{"level":"fatal","msg":"cannot open"}',
  ],
  ["one\ntwo\n", "two"],
  ["", "its log is empty"],
])("the telling line of %j is %j", (text, line) => {
  expect(tellingLineOf(text)).toBe(line);
});
