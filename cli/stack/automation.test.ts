import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { toolPath } from "@golive/local/toolchain/index.ts";
import { ComponentResource, log } from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { interrupted } from "../core/interrupt.ts";
import { automationEngine } from "./automation.ts";
import { type OpenStack, type Program, unchanged } from "./engine.ts";
import { pulumiLocks } from "./pulumi-locks.ts";
import { prepareWorkDir } from "./workdir.ts";

// The real engine with a program that needs no provider and no cluster.
const pulumi = process.env["GOLIVE_TEST_PULUMI"] ?? toolPath("pulumi");

describe("the engine", () => {
  let folder: string;
  let controller: AbortController;
  let said: string;
  let pids: (number | undefined)[];
  beforeEach((context) => {
    if (!existsSync(pulumi)) context.skip("pulumi is not built yet; `golive up` builds it");
    folder = mkdtempSync(join(tmpdir(), "golive engine "));
    mkdirSync(join(folder, "repo"));
    mkdirSync(join(folder, "state"));
    writeFileSync(join(folder, "repo/Pulumi.yaml"), "name: golive\nmain: infra/\nruntime: nodejs\n");
    writeFileSync(join(folder, "repo/Pulumi.local.yaml"), "config:\n  golive:environment: local\n");
    writeFileSync(join(folder, "passphrase"), "correct horse");
    controller = new AbortController();
    [said, pids] = ["", []];
  });
  afterEach(() => {
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  const backend = () => `file://${encodeURI(join(folder, "state"))}`;
  function open(program: Program): Promise<OpenStack> {
    prepareWorkDir(join(folder, "work"), join(folder, "repo"), "local", ["golive:seed"]);
    const engine = automationEngine({ signal: controller.signal, groups: new Set() });
    return engine.open({
      stack: "local",
      project: "golive",
      workDir: join(folder, "work"),
      pulumi,
      program,
      env: {
        PULUMI_BACKEND_URL: backend(),
        PULUMI_CONFIG_PASSPHRASE_FILE: join(folder, "passphrase"),
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_HOME: join(folder, "home"),
      },
      log: (text) => {
        said += text;
      },
      onChild: (pid) => pids.push(pid),
    });
  }

  class Thing extends ComponentResource {
    constructor(name: string) {
      super("golive:test:Thing", name, {}, {});
      this.registerOutputs({});
    }
  }

  test("creates, then has nothing to do, then removes; salt and secrets live beside the state only", async () => {
    const lines: string[] = [];
    const stack = await open(async () => ({ made: new Thing("one").urn }));
    await stack.setSecret("golive:seed", "the seed");
    const first = await stack.up((line) => lines.push(line));
    expect(first.changes).toMatchObject({ create: 2 });
    expect(lines).toContain("creating Thing one (0 done, 2 in hand)");
    const again = await open(async () => ({ made: new Thing("one").urn }));
    expect(await again.hasConfig("golive:seed")).toBe(true);
    expect(unchanged((await again.up(() => {})).changes)).toBe(true);
    const plan = await (await open(async () => ({ made: new Thing("two").urn }))).preview(() => {});
    expect(plan.failure).toBeUndefined();
    expect(plan.events).toContainEqual(
      expect.objectContaining({
        resourcePreEvent: expect.objectContaining({
          metadata: expect.objectContaining({ op: "create", urn: expect.stringMatching(/::two$/) }),
        }),
      }),
    );
    expect(await again.destroy(() => {})).toMatchObject({ delete: 2 });
    expect(readFileSync(join(folder, "repo/Pulumi.local.yaml"), "utf8")).toBe("config:\n  golive:environment: local\n");
    expect(readFileSync(join(folder, "work/Pulumi.local.yaml"), "utf8")).toMatch(
      /encryptionsalt: v1:[\s\S]*secure: v1:|secure: v1:[\s\S]*encryptionsalt: v1:/,
    );
    expect(said).not.toContain("the seed");
  });

  test("shows the failing resource's own message and hides the engine's noise", async () => {
    const stack = await open(async () => {
      const thing = new Thing("broken");
      await log.error("port 80 is taken", thing);
      return {};
    });
    const error = await stack.up(() => {}).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "UPDATE_FAILED", exit: 6 });
    expect((error as GoliveError).message).toBe(
      'stack "local" could not be brought up to date\n  Thing broken: port 80 is taken',
    );
  });

  test("an error of the program itself arrives as it was thrown", async () => {
    const stack = await open(async () => {
      throw new GoliveError("CONFIG_INVALID", "no image", "Add it.");
    });
    await expect(stack.up(() => {})).rejects.toMatchObject({ code: "CONFIG_INVALID", hint: "Add it." });
  });

  test("Ctrl-C lets pulumi end in good order: no lock is left, and the next run goes on", async () => {
    const ended = Promise.withResolvers<void>();
    const stack = await open(async () => {
      new Thing("one");
      controller.abort(interrupted());
      // Under way until pulumi is gone, as a program that waits for a database would be.
      await ended.promise;
      return {};
    });
    await expect(stack.up(() => {})).rejects.toMatchObject({ code: "INTERRUPTED" });
    ended.resolve();
    expect(pulumiLocks(backend(), "golive", "local")).toEqual([]);
    controller = new AbortController();
    expect((await (await open(async () => ({ it: new Thing("one").urn }))).up(() => {})).outputs).toHaveProperty("it");
  });

  test("kill -9 of pulumi leaves a lock that is seen to be nobody's and can be taken away", async () => {
    const stack = await open(async () => {
      new Thing("one");
      process.kill(pids.at(-1) as number, "SIGKILL");
      return {};
    });
    await expect(stack.up(() => {})).rejects.toMatchObject({ code: "UPDATE_FAILED" });
    expect(pulumiLocks(backend(), "golive", "local")).toMatchObject([{ pid: pids.filter(Boolean).at(-1) }]);
    const next = await open(async () => ({ it: new Thing("one").urn }));
    await expect(next.up(() => {})).rejects.toMatchObject({ code: "LOCKED" });
    await next.cancel();
    expect(await next.pending()).toBe(0);
    // A user's next run is a process of its own; here calls of the killed engine's program may still fail into it.
    const { outputs } = await vi.waitFor(() => next.up(() => {}), { timeout: 30_000 });
    expect(outputs).toHaveProperty("it");
  });
});
