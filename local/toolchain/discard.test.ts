import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { cacheDir } from "../places.ts";
import { discardBuildDir } from "./discard.ts";
import { buildDir } from "./go.ts";

test("the build folder is out of the way at once and gone soon, with what an earlier run could not finish", async () => {
  const home = mkdtempSync(join(tmpdir(), "golive-discard-"));
  vi.stubEnv("XDG_CACHE_HOME", home);
  try {
    for (const folder of [buildDir(), `${buildDir()}.discarded-1`, join(cacheDir(), "bin")]) {
      mkdirSync(join(folder, "modules"), { recursive: true });
      writeFileSync(join(folder, "modules", "file"), "");
    }
    discardBuildDir();
    expect(existsSync(buildDir())).toBe(false);
    await vi.waitFor(() => expect(readdirSync(cacheDir())).toEqual(["bin"]), { timeout: 20_000 });
  } finally {
    vi.unstubAllEnvs();
    rmSync(home, { recursive: true, force: true });
  }
});
