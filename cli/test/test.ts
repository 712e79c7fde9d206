import { join } from "node:path";
import { codes } from "@golive/errors/codes.ts";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { table } from "../core/table.ts";
import { type Input, verb } from "../core/verb.ts";
import type { Step, World } from "../core/world.ts";
import { type Check, endToEndFiles, program, tests } from "./checks.ts";
import { type Counts, countsLine, sum } from "./counts.ts";
import { testTools } from "./test-tools.ts";

/**
 * End-to-end tests have a stack, a cluster and host ports of their own, so that a platform in use beside them is not touched.
 * The cluster is new in every run and gone after it: what an earlier run left can neither break nor save a test. Tools and image
 * archives stay in the cache, which is what makes a second run short.
 */
const place = { stack: "e2e", cluster: "golive-test", portOffset: 10_000 } as const;

export const test = verb({
  about: "run every check: lint, types, unit tests, end-to-end tests",
  details:
    "Runs lint, types, unit tests and the end-to-end tests in this order; the latter in an embedded cluster of their own (golive-test), " +
    "which is deleted afterwards. The last line is `N passed, N failed, N skipped`; lint and types count as one each.",
  flags: {
    unit: { about: "only lint, types and unit tests" },
    e2e: { about: "only the end-to-end tests" },
    only: {
      value: "file",
      type: "list",
      about: "only the tests of this file, or of files whose path holds this; may be repeated",
    },
  },
  json: true,
  examples: [
    { run: "golive test", about: "everything; what CI runs" },
    { run: "golive test --unit", about: "without a cluster" },
    { run: "golive test --only tests/e2e/platform.test.ts", about: "one file" },
  ],
  exits: ["TESTS_FAILED", "TOOL_MISSING", "INTERRUPTED"],
  async run(world, input) {
    const { checks, needsCluster, needsTools } = chosen(world, input);
    const results: { title: string; counts: Counts }[] = [];
    const steps: Step[] = [
      packages(world),
      ...(needsTools ? testTools(world) : []),
      ...(needsCluster ? [tools(world), cleanUp(world)] : []),
      ...checks.map((check) => step(check, results, world)),
    ];
    try {
      await world.steps(steps);
    } finally {
      if (needsCluster) await world.steps([cleanUp(world)]);
    }
    const total = sum(results.map(({ counts }) => counts));
    return {
      exit: total.failed.length === 0 ? 0 : codes.TESTS_FAILED.exit,
      json: { ...total, checks: results },
      text: summary(results, total),
    };
  },
});

interface Chosen {
  readonly checks: Check[];
  readonly needsCluster: boolean;
  /** Unit tests are among them. */
  readonly needsTools: boolean;
}

function chosen(world: World, input: Input): Chosen {
  const only = (input.only ?? []) as readonly string[];
  const [unit, e2e] = [input.unit === true, input.e2e === true];
  if (unit && e2e)
    throw new GoliveError("USAGE", "--unit and --e2e exclude each other", "Leave both away to run everything.");
  const all = endToEndFiles(world.places.repo);
  const means = (one: string, file: string) => file.includes(one) || one.endsWith(file);
  const story = (file: string) =>
    tests(world, file, { config: "cli/test/vitest.e2e.config.ts", files: [file], env: testEnv(world) });
  const stories = all.filter((file) => only.length === 0 || only.some((one) => means(one, file))).map(story);
  if (only.length > 0) {
    const units = only.filter((one) => !all.some((file) => means(one, file)));
    return {
      checks: [...units.map((one) => tests(world, one, { files: [one] })), ...stories],
      needsCluster: stories.length > 0,
      needsTools: units.some((one) => /website|checkov/.test(one)),
    };
  }
  const plain = [
    program(world, "lint", "node_modules/@biomejs/biome/bin/biome", ["check", "."]),
    program(world, "types", "node_modules/typescript/bin/tsc", ["--noEmit"]),
    tests(world, "unit tests", {}),
  ];
  if (unit) return { checks: plain, needsCluster: false, needsTools: true };
  return { checks: e2e ? stories : [...plain, ...stories], needsCluster: stories.length > 0, needsTools: !e2e };
}

/** What end-to-end tests find in their environment; `golive` itself reads the same. */
export function testEnv(world: World): Record<string, string> {
  return {
    GOLIVE_STACK: place.stack,
    GOLIVE_PORT_OFFSET: String(place.portOffset),
    GOLIVE: join(world.places.repo, "golive"),
  };
}

/** The database, the cache, what a backup is opened with by hand, a browser for the site: tests run them for real. Where they cannot be installed, those tests skip and say so. */
function packages(world: World): Step {
  return {
    title: "Packages for the tests",
    run: async (report) => {
      try {
        await (await world.toolchain()).ensurePackages(
          ["postgresql", "redis-server", "age", "zstd", "jq", "chromium", "python3-venv"],
          {
            report,
            signal: world.signal,
          },
        );
        return "in place";
      } catch (error) {
        world.signal.throwIfAborted();
        return `missing, the tests that need them skip (${(error as Error).message})`;
      }
    },
  };
}

/** Unit tests run promtool, pulumi and the object store for real, so the tools come before them and not with the first `up`. */
function tools(world: World): Step {
  return {
    title: "Tools",
    run: async (report) => {
      const toolchain = await world.toolchain();
      await toolchain.ensureTools(toolchain.toolNames, { report, signal: world.signal });
      return `${toolchain.toolNames.length} in place`;
    },
  };
}

/** A check that fails does not keep the next ones from running; only Ctrl-C does. */
function step(check: Check, results: { title: string; counts: Counts }[], world: World): Step {
  return {
    title: check.title,
    run: async (report) => {
      const counts = await check.run(report);
      results.push({ title: check.title, counts });
      for (const { test, file, message } of counts.failed)
        world.note(`FAILED ${[file, test].filter(Boolean).join(" > ")}\n${message}\n`);
      return countsLine(counts);
    },
  };
}

/** After Ctrl-C too, and then not to be stopped by it: a cluster of tests must not outlive them. */
function cleanUp(world: World): Step {
  return {
    title: `Delete cluster ${place.cluster}`,
    evenWhenAborted: true,
    run: async (report) => {
      const program = join(world.places.repo, "cli/main.ts");
      const ended = await world.spawn(
        process.execPath,
        [program, "cluster", "delete", "--name", place.cluster, "--yes"],
        {
          output: (line) => report(line),
          evenWhenAborted: true,
        },
      );
      return ended.code === 0
        ? "gone"
        : `failed (${ended.code}); try golive cluster delete --name ${place.cluster} --yes`;
    },
  };
}

function summary(results: readonly { title: string; counts: Counts }[], total: Counts): string {
  const rows = results.map(({ title, counts }) => [
    counts.failed.length === 0 ? "ok" : "FAILED",
    title,
    countsLine(counts),
  ]);
  const skips = total.skipped.map(({ file, test, reason }) => `  ${file} > ${test}: ${reason}`);
  const failures = total.failed.map(
    ({ file, test, message }) => `  ${[file, test].filter(Boolean).join(" > ")}: ${message.split("\n")[0]}`,
  );
  return [
    table(rows),
    ...(skips.length > 0 ? ["", "Skipped:", ...skips] : []),
    ...(failures.length > 0 ? ["", "Failed:", ...failures] : []),
    "",
    countsLine(total),
  ].join("\n");
}
