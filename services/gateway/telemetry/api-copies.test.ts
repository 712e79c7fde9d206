import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { apiFolder, apiVersionFault } from "./api-copies.ts";

const copy = (version: string): string => {
  const folder = join(mkdtempSync(join(tmpdir(), "golive-api-")), "@opentelemetry", "api");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ version }));
  return folder;
};

test("copies of one version are as good as one", () => {
  expect(apiVersionFault([])).toBeUndefined();
  expect(apiVersionFault([copy("1.10.0"), copy("1.10.0")])).toBeUndefined();
});

test("two versions are a fault that names both and their places", () => {
  const old = copy("1.9.1");
  const fault = apiVersionFault([copy("1.10.0"), old]);
  expect(fault).toMatch(/2 versions.*1\.10\.0 in .*1\.9\.1 in /);
  expect(fault).toContain(old);
});

test.each([
  ["file:///app/node_modules/@opentelemetry/api/dist/index.mjs", "/app/node_modules/@opentelemetry/api"],
  ["file:///app/node_modules/@opentelemetry/api/build/src/index.js", "/app/node_modules/@opentelemetry/api"],
  [
    "file:///app/node_modules/x/node_modules/@opentelemetry/api/dist/index.cjs",
    "/app/node_modules/x/node_modules/@opentelemetry/api",
  ],
  ["file:///app/node_modules/@opentelemetry/api-logs/dist/index.mjs", undefined],
  ["node:fs", undefined],
])("%s belongs to %s", (url, folder) => {
  expect(apiFolder(url)).toBe(folder);
});
