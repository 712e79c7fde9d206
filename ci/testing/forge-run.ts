import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { FakeForge } from "./fake-forge.ts";

/** What a test of a script has: a forge and a folder of its own. */
export interface ForgeRun {
  readonly forge: FakeForge;
  /** Writes a file for the script to read; its path. */
  file(name: string, content: string): string;
}

/** For each test of the file anew. */
export function forgeRun(): ForgeRun {
  let forge: FakeForge;
  let folder: string;
  beforeEach(async () => {
    forge = await new FakeForge().start();
    folder = mkdtempSync(join(tmpdir(), "golive-forge-"));
  });
  afterEach(async () => {
    await forge.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    get forge() {
      return forge;
    },
    file(name, content) {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
  };
}
