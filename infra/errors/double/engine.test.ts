import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { toolPath } from "@golive/local/toolchain/index.ts";
import { type EngineEvent, LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation/index.js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Workflow } from "./fake/state.ts";
import { type FakeSentry, startFakeSentry } from "./fake-sentry.ts";
import { installDouble } from "./install.ts";
import { type Choices, program } from "./program.ts";

const pulumi = process.env["GOLIVE_TEST_PULUMI"] ?? toolPath("pulumi");
const absent = !existsSync(pulumi);
const reason = absent ? " (skipped: pulumi is not built yet; `golive up` builds it)" : "";
const token = "sntryi_c0ffee-not-to-be-seen";
const rotated = "sntryi_d00d1e-not-to-be-seen";
const passphrase = "correct horse";
/** An engine's run starts three processes on two shared cores. */
const limit = 120_000;

describe.skipIf(absent)(`the engine with the bindings and the double${reason}`, { timeout: limit }, () => {
  let folder: string;
  let fake: FakeSentry;
  /** Everything that was shown: what the engine printed, and its events. */
  let shown: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "golive sentry "));
    for (const name of ["state", "work"]) mkdirSync(join(folder, name));
    shown = "";
    fake = await startFakeSentry({ tokens: { [token]: { scopes }, [rotated]: { scopes } } });
    fake.state.environments.add("production");
    fake.state.addIntegration("slack", "golive");
  });
  afterEach(async () => {
    try {
      await fake.stop();
      expectNoSecrets();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  async function open(choices: Partial<Choices> = {}): Promise<Stack> {
    const command = await PulumiCommand.get({ root: dirname(dirname(pulumi)) });
    return await LocalWorkspace.createOrSelectStack(
      {
        stackName: "test",
        projectName: "golive",
        program: async () => program({ baseUrl: fake.baseUrl, token, ...choices }),
      },
      {
        workDir: join(folder, "work"),
        pulumiCommand: command,
        envVars: {
          PATH: installDouble(join(folder, "bin")),
          PULUMI_BACKEND_URL: `file://${encodeURI(join(folder, "state"))}`,
          PULUMI_CONFIG_PASSPHRASE: passphrase,
          PULUMI_HOME: join(folder, "home"),
          PULUMI_SKIP_UPDATE_CHECK: "true",
        },
      },
    );
  }

  const watch = {
    color: "never" as const,
    onOutput: (text: string) => {
      shown += text;
    },
    onError: (text: string) => {
      shown += text;
    },
    onEvent: (event: EngineEvent) => {
      // The SDK's own debug lines hold what the engine answered, secrets in clear. Nobody sees them without --debug.
      if (String(event.diagnosticEvent?.severity) !== "debug") shown += JSON.stringify(event);
    },
  };
  async function up(choices: Partial<Choices> = {}) {
    const { summary, outputs } = await (await open(choices)).up(watch);
    return { changes: summary.resourceChanges ?? {}, outputs };
  }
  const ours = (): Workflow => {
    const found = fake.state.workflows.filter(({ body }) => body["name"] !== "Somebody else's");
    if (found.length !== 1 || !found[0]) throw new Error(`${found.length} alerts are ours`);
    return found[0];
  };

  test("makes everything once, then has nothing to write, and leaves nothing behind", async () => {
    fake.state.workflows.push({ id: "1", body: { name: "Somebody else's" } });
    expect((await (await open()).preview(watch)).changeSummary).toEqual({ create: 11 });
    expect(fake.writes()).toEqual([]);

    const { changes, outputs } = await up();
    expect(changes).toEqual({ create: 11 });
    expect(fake.state.detectors.map(({ type }) => type).sort()).toEqual([
      "error",
      "issue_stream",
      "metric_issue",
      "monitor_check_in_failure",
      "uptime_domain_failure",
    ]);
    expect(fake.state.keys.map(({ name }) => name)).toEqual(["gateway"]);
    const [error] = fake.state.detectors.filter(({ type }) => type === "error");
    expect(ours().body["detectorIds"]).toContain(error?.id);
    expect(outputs["secretDsn"]).toMatchObject({ secret: true, value: expect.stringContaining("secret-k") });
    expect(outputs["dsn"]?.secret).toBe(false);

    const before = fake.writes().length;
    expect((await up()).changes).toEqual({ same: 11 });
    expect(fake.writes().slice(before)).toEqual([]);

    await (await open()).destroy(watch);
    expect(fake.state).toMatchObject({ teams: [], projects: [], keys: [], detectors: [] });
    expect(fake.state.workflows).toEqual([{ id: "1", body: { name: "Somebody else's" } }]);
    expect(fake.requests.filter(({ path, method }) => method !== "GET" && path.endsWith("/workflows/1/"))).toEqual([]);
    // What no secret was found in is no empty place: the key was shown, and its state is on the disk.
    expect(shown).toContain("sentry:index/key:Key");
    expect(stateFiles().some((text) => text.includes("sentry:index/key:Key"))).toBe(true);
  });

  test("changes in place by the stored id: a query, a schedule, a name, a title", async () => {
    await up();
    const { id } = ours();
    const before = fake.writes().length;
    const changed = await up({
      title: "First of its kind",
      query: "level:fatal",
      crontab: "30 3 * * *",
      teamName: "Core",
    });
    expect(changed.changes).toEqual({ update: 4, same: 7 });
    const writes = fake.writes().slice(before);
    expect(writes.map(({ method }) => method)).toEqual(["PUT", "PUT", "PUT", "PUT"]);
    expect(writes.map(({ path }) => path)).toContain(`/api/0/organizations/golive/workflows/${id}/`);
    expect(ours()).toMatchObject({ id, body: { name: "First of its kind" } });
    expect(fake.state.teams).toMatchObject([{ name: "Core", slug: "platform" }]);
  });

  test("shows what somebody edited by hand, puts it right, and makes again what somebody deleted", async () => {
    await up();
    const { id } = ours();
    ours().body = { ...ours().body, config: { frequency: 1440 }, environment: null };
    const before = fake.writes().length;
    const drift = await (await open()).previewRefresh(watch);
    expect(drift.changeSummary).toMatchObject({ update: 1 });
    expect(fake.writes().slice(before)).toEqual([]);

    expect((await refreshAndUp()).update).toBe(1);
    expect(ours()).toMatchObject({ id, body: { config: { frequency: 5 }, environment: "production" } });

    fake.state.workflows.length = 0;
    expect((await refreshAndUp()).create).toBe(1);
    expect(ours().body).toMatchObject({ name: "New issue", config: { frequency: 5 } });
    expect(ours().id).not.toBe(id);
  });

  test("a project renamed by hand is found under its new slug, and gets its own back", async () => {
    await up();
    fake.state.renameProject("golive-backend", "renamed");
    await refreshAndUp();
    expect(fake.state.projects).toMatchObject([{ slug: "golive-backend" }]);
    const before = fake.writes().length;
    await refreshAndUp();
    expect(fake.writes().slice(before)).toEqual([]);
  });

  test("an update that failed half way goes on from there, and makes nothing twice", async () => {
    fake.failNext("POST", /\/detectors\/$/, 500);
    await expect(up()).rejects.toThrow(/was answered 500/);
    await up();
    const names = fake.state.detectors.map(({ body }) => body["name"]);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toHaveLength(5);
    expect(fake.state.projects).toHaveLength(1);
    expect((await up()).changes).toEqual({ same: 11 });
  });

  test("takes up a new token, and has nothing to write for it", async () => {
    await up();
    const before = fake.writes().length;
    expect((await up({ token: rotated })).changes).toEqual({ update: 1, same: 10 });
    expect(fake.writes().slice(before)).toEqual([]);
  });

  test("waits where Sentry is busy", async () => {
    fake.failNext("POST", /\/workflows\/$/, 429, { "retry-after": "0" });
    expect((await up()).changes).toEqual({ create: 11 });
    expect(fake.requests.filter(({ path, status }) => path.endsWith("/workflows/") && status === 429)).toHaveLength(1);
  });

  async function refreshAndUp(): Promise<Readonly<Record<string, number>>> {
    await (await open()).refresh(watch);
    return (await up()).changes as Readonly<Record<string, number>>;
  }

  const stateFiles = () => files(folder).map((file) => readFileSync(file, "utf8"));

  /** Neither on the screen, nor in an event, nor in the state's files, backups and histories included. */
  function expectNoSecrets(): void {
    const kept = stateFiles();
    for (const secret of [token, rotated, "secret-k"]) {
      expect(shown.includes(secret), `${secret} was shown`).toBe(false);
      expect(
        kept.some((text) => text.includes(secret)),
        `${secret} is in a file`,
      ).toBe(false);
    }
  }
});

const scopes = [
  "org:read",
  "team:write",
  "project:read",
  "project:write",
  "project:admin",
  "alerts:write",
  "org:write",
];

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}
