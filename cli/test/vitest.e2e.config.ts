import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// The tests that tell a user's story, against the cluster that `golive test` names. One file at a time: they share that cluster.
export default defineConfig({
  root: fileURLToPath(new URL("../../", import.meta.url)),
  test: {
    include: ["tests/e2e/**/*.test.ts"],
    exclude: ["**/node_modules/**"],
    fileParallelism: false,
    // Of tests that say so: more on two cores only wait for each other.
    maxConcurrency: 3,
    globalSetup: ["tests/temporary-folder.ts"],
    testTimeout: 300_000,
    hookTimeout: 900_000,
  },
});
