import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

// Unit tests stand beside the code; what needs the cluster is in tests/e2e and run by `golive test`.
export default defineConfig({
  test: {
    include: ["**/*.test.ts"],
    exclude: ["**/node_modules/**", "tests/e2e/**"],
    // Vitest leaves a core to itself: on two, that is one test file after the other, most of which wait for their servers.
    maxWorkers: availableParallelism() + 1,
    globalSetup: ["tests/temporary-folder.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
