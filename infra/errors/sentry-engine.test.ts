import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { toolPath } from "@golive/local/toolchain/index.ts";
import * as pulumi from "@pulumi/pulumi";
import { LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation/index.js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type FakeSentry, startFakeSentry } from "./double/fake-sentry.ts";
import { installDouble } from "./double/install.ts";
import { Sentry, type SentryArgs } from "./sentry.ts";
import { base, pagingKey, token } from "./testing/sentry-run.ts";

const engine = process.env["GOLIVE_TEST_PULUMI"] ?? toolPath("pulumi");
const absent = !existsSync(engine);
const reason = absent ? " (skipped: pulumi is not built yet; `golive up` builds it)" : "";
/** A run of the engine starts three processes. */
const limit = 120_000;
const scopes = [
  "org:read",
  "team:write",
  "project:read",
  "project:write",
  "project:admin",
  "alerts:write",
  "org:write",
];

describe.skipIf(absent)(`a stack's Sentry on the real engine${reason}`, { timeout: limit }, () => {
  let folder: string;
  let fake: FakeSentry;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "golive sentry component "));
    for (const name of ["state", "work"]) mkdirSync(join(folder, name));
    fake = await startFakeSentry({ tokens: { [token]: { scopes } } });
    fake.state.addIntegration("slack", "GoLive & Söhne");
    fake.state.addIntegration("pagerduty", "golive");
  });
  afterEach(async () => {
    await fake.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(changed: Partial<SentryArgs>): Promise<Stack> {
    return await LocalWorkspace.createOrSelectStack(
      {
        stackName: "production",
        projectName: "golive",
        program: async () => {
          const args = { ...base(), token: pulumi.secret(token), baseUrl: fake.baseUrl, protect: false, ...changed };
          const { dsns, checkIns } = new Sentry("sentry", args, {});
          return { ...dsns, checkIn: checkIns.monitor };
        },
      },
      {
        workDir: join(folder, "work"),
        pulumiCommand: await PulumiCommand.get({ root: dirname(dirname(engine)) }),
        envVars: {
          PATH: installDouble(join(folder, "bin")),
          PULUMI_BACKEND_URL: `file://${encodeURI(join(folder, "state"))}`,
          PULUMI_CONFIG_PASSPHRASE: "correct horse",
          PULUMI_HOME: join(folder, "home"),
          PULUMI_SKIP_UPDATE_CHECK: "true",
        },
      },
    );
  }
  const quiet = { color: "never", onOutput: () => undefined } as const;
  async function up(changed: Partial<SentryArgs> = {}) {
    const { summary, outputs } = await (await open(changed)).up(quiet);
    return { changes: summary.resourceChanges ?? {}, outputs };
  }

  test("is made in two steps, the second of which adds the alerts and makes nothing anew; a third changes nothing", async () => {
    const first = await up({ alerts: false, publicUrl: undefined });
    expect(fake.state.workflows.map(({ body }) => body["name"]).sort()).toEqual([
      "Critical (production)",
      "Warning (production)",
    ]);
    expect(first.outputs["backend"]).toMatchObject({ secret: true });
    expect(first.outputs["checkIn"]?.value).toContain("/backup-monitor/");

    fake.state.environments.add("production");
    const { changes } = await up();
    expect(changes["replace"] ?? 0).toBe(0);
    expect(changes["delete"] ?? 0).toBe(0);
    expect(fake.state.workflows).toHaveLength(6);

    const before = fake.writes().length;
    const again = await up();
    expect(Object.keys(again.changes)).toEqual(["same"]);
    expect(fake.writes().slice(before)).toEqual([]);
  });

  test("alerts before the first event are refused by Sentry, and the next up goes on from there", async () => {
    // Somebody else's, of the very name of one of ours.
    const foreign = { id: "1", body: { name: "New issue (production)" } };
    fake.state.workflows.push(foreign);
    await expect(up({ publicUrl: undefined })).rejects.toThrow(/nvironment/);
    fake.state.environments.add("production");
    await up({ publicUrl: undefined });
    const ours = fake.state.workflows.filter((one) => one !== foreign);
    expect(new Set(ours.map(({ body }) => body["name"])).size).toBe(6);
    expect(ours).toHaveLength(6);
    await (await open({})).destroy(quiet);
    expect(fake.state.workflows).toEqual([{ id: "1", body: { name: "New issue (production)" } }]);
  });

  test("a workspace that is not installed is an error with its name, and no alert goes without the channel that it names", async () => {
    fake.state.environments.add("production");
    await expect(up({ slack: { workspace: "Elsewhere", channel: "alerts" } })).rejects.toThrow(/Elsewhere/);
    // The one that wakes on-call needs no channel; what would tell the channel waits for it.
    expect(fake.state.workflows.map(({ body }) => body["name"])).toEqual(["Critical (production)"]);
  });

  test("keeps token, paging key and DSNs out of the state in clear, and leaves nothing behind", async () => {
    fake.state.environments.add("production");
    const { outputs } = await up();
    const file = join(folder, "state", ".pulumi", "stacks", "golive", "production.json");
    const state = readFileSync(file, "utf8");
    for (const secret of [token, pagingKey, String(outputs["backend"]?.value), String(outputs["checkIn"]?.value)])
      expect(state).not.toContain(secret);
    await (await open({})).destroy(quiet);
    expect(fake.state).toMatchObject({ teams: [], projects: [], keys: [], detectors: [], workflows: [] });
  });
});
