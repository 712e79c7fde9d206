import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheDir } from "@golive/local/places.ts";
import { afterAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { opened } from "../testing/mocks.ts";
import { runStack } from "../testing/stacks.ts";
import { checkovExceptions, checkovFolder, checkovVersion } from "./checkov.ts";

const folder = mkdtempSync(join(tmpdir(), "golive-rendered-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** It ends with 1 when it found something, and has written its report all the same. */
const scan = (file: string, args: string[], options: object) =>
  promisify(execFile)(file, args, options).catch((error: { stdout?: string }) => {
    if (!error.stdout) throw error;
    return { stdout: error.stdout };
  });

const python = join(checkovFolder(cacheDir()), "bin/python");
const missing = !existsSync(python);
if (missing) console.warn(`skipped: no checkov ${checkovVersion} in the cache; \`golive test\` installs it`);

interface Failed {
  readonly check_id: string;
  readonly resource: string;
}

describe.skipIf(missing)(`the program as manifests (checkov ${checkovVersion})`, () => {
  test("passes every check but those that are listed, and every listed one is needed", {
    timeout: 180_000,
  }, async () => {
    const { resources } = await runStack("production");
    const manifests = resources.filter(({ type }) => type.startsWith("kubernetes:"));
    expect(manifests.length).toBeGreaterThan(60);
    writeFileSync(join(folder, "all.yaml"), manifests.map(({ inputs }) => stringify(opened(inputs))).join("---\n"));
    const args = [
      "-m",
      "checkov.main",
      "-d",
      folder,
      "--framework",
      "kubernetes",
      "--compact",
      "--quiet",
      "-o",
      "json",
    ];
    const { stdout } = await scan(python, args, { maxBuffer: 2 ** 28 });
    const { results } = JSON.parse(stdout) as { results: { failed_checks: Failed[] } };
    const wanted =
      ({ check_id, resource }: Failed) =>
      (one: { check: string; resource?: string }) =>
        one.check === check_id && (one.resource === undefined || one.resource === resource);
    const failed = results.failed_checks;
    expect(failed.filter((found) => !checkovExceptions.some(wanted(found)))).toEqual([]);
    expect(checkovExceptions.filter((one) => !failed.some((found) => wanted(found)(one)))).toEqual([]);
  });
});
