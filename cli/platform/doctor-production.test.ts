import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type PlatformConfig, parsePlatformConfig } from "@golive/infra/config.ts";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { fakeWorld } from "../testing/fake-world.ts";
import { type ProductionCheckId, type ProductionFacts, productionChecks } from "./doctor-production-checks.ts";

const repo = join(import.meta.dirname, "../..");
const recipient = "age14kegzdm87f5jl273vqnq5p4h5w88f0dwaufwc8np9had8jrtksuqd9zde2";

type Change = (config: Record<string, Record<string, unknown>>) => void;

/** Production's own file, completed as its comments say, then changed. */
function production(change: Change = () => {}): PlatformConfig {
  const { config } = parse(readFileSync(join(repo, "Pulumi.production.yaml"), "utf8")) as {
    config: Record<string, Record<string, never>>;
  };
  const raw: Record<string, Record<string, unknown>> = {
    ...config,
    "golive:sentryAuthToken": { secure: "x" },
    "golive:pagerdutyRoutingKey": { secure: "x" },
  };
  Object.assign(raw["golive:backups"] ?? {}, {
    escrowRecipient: recipient,
  });
  raw["golive:runbooks"] = { url: "https://runbooks.example.org" };
  Object.assign((raw["golive:errors"]?.sentry ?? {}) as object, {
    alerts: "now",
    publicUrl: "https://api.example.org",
  });
  change(raw);
  return parsePlatformConfig(raw);
}

const ready: ProductionFacts = {
  stack: "production",
  config: production(),
  faults: [],
  secrets: new Set(["sentryAuthToken", "pagerdutyRoutingKey", "slackWebhookUrl", "deadmanUrl"]),
  secretsProvider: "awskms://alias/golive?region=eu-central-1",
  backend: "s3://golive-state",
  live: { provenAgeHours: 7.5, drillAgeDays: 2, firing: [] },
};

const configured = (change: Change): Partial<ProductionFacts> => ({ config: production(change) });
const set = (key: string, values: object): Partial<ProductionFacts> =>
  configured((raw) => Object.assign(raw[`golive:${key}`] ?? {}, values));
const withSentry = (values: object): Partial<ProductionFacts> =>
  configured((raw) => Object.assign((raw["golive:errors"]?.sentry ?? {}) as object, values));
const without = (...names: string[]): Partial<ProductionFacts> => ({
  secrets: new Set([...ready.secrets].filter((name) => !names.includes(name))),
});
const live = (values: object): Partial<ProductionFacts> => ({
  live: { provenAgeHours: 7.5, drillAgeDays: 2, firing: [], ...values },
});

/** What makes each check fail. */
const spoilt: Readonly<Record<ProductionCheckId, Partial<ProductionFacts>>> = {
  configuration: { faults: ["golive:x is nothing"] },
  environment: configured((raw) => Object.assign(raw, { "golive:protect": false })),
  "kube-context": set("cluster", { context: "kind-dev" }),
  "state-backend": { backend: "file:///var/lib/golive/stacks/production/state" },
  "secrets-provider": { secretsProvider: undefined },
  "postgres-instances": set("postgres", { instances: 2 }),
  durability: set("postgres", { durability: "preferred" }),
  "point-in-time": configured((raw) => {
    Object.assign(raw["golive:postgres"] ?? {}, { pointInTime: { enabled: false } });
    Object.assign((raw["golive:errors"]?.sentry ?? {}) as object, { checkIns: ["backup", "monitor"] });
  }),
  "backup-store": configured((raw) => {
    const { "golive:aws": _, ...rest } = raw;
    for (const key of Object.keys(raw)) delete raw[key];
    Object.assign(raw, rest, { "golive:s3AccessKeyId": { secure: "x" }, "golive:s3SecretAccessKey": { secure: "x" } });
    Object.assign(raw["golive:backups"] ?? {}, { manage: false, replicaRegion: undefined });
  }),
  "replica-region": set("backups", { replicaRegion: undefined }),
  "object-lock": set("backups", { lock: { days: 34, mode: "COMPLIANCE" } }),
  escrow: configured((raw) => {
    Object.assign(raw, { "golive:protect": false });
    Object.assign(raw["golive:backups"] ?? {}, { escrowRecipient: undefined });
  }),
  notifications: without("pagerdutyRoutingKey", "slackWebhookUrl"),
  paging: without("pagerdutyRoutingKey"),
  "dead-man": without("deadmanUrl"),
  heartbeat: withSentry({ checkIns: ["backup"] }),
  "runbook-links": set("runbooks", { url: undefined }),
  sentry: without("sentryAuthToken"),
  "sentry-alerts": withSentry({ alerts: "after-first-event" }),
  "public-url": withSentry({ publicUrl: undefined }),
  sampling: set("tracing", { samplingRatio: 1 }),
  "node-ports": set("publish", { nodePorts: true }),
  "client-networks": set("publish", { clientCidrs: ["10.0.0.0/8", "0.0.0.0/0"] }),
  "proven-backup": live({ provenAgeHours: 26.1 }),
  drill: live({ drillAgeDays: 8.5 }),
  "quiet-alerts": live({ firing: ["BackupNotProven"] }),
};

/** What can be told without a configuration that is well formed. */
const ofTheFileAlone = [
  "configuration",
  "state-backend",
  "secrets-provider",
  "notifications",
  "paging",
  "dead-man",
  "heartbeat",
];

describe.each(Object.entries(productionChecks))("%s", (id, check) => {
  test("passes where it is so", () => {
    expect(check.judge(ready)).toMatchObject({ state: "pass" });
  });
  test("fails where it is not", () => {
    expect(check.judge({ ...ready, ...spoilt[id as ProductionCheckId] })).toMatchObject({ state: "fail" });
  });
  test("says nothing of what cannot be seen", () => {
    const blind = check.judge({ ...ready, config: undefined, live: { silent: "no answer" } });
    expect(blind.state === "unknown").toBe(!ofTheFileAlone.includes(id));
    expect(blind.found).not.toBe("");
  });
  test("says what to do, in a sentence", () => {
    expect(check.fix).toMatch(/^[A-Z].*\.$/);
  });
});

test("what a stack has no number of has not happened", () => {
  const { drill, "proven-backup": proven } = productionChecks;
  const empty = { ...ready, ...live({ provenAgeHours: undefined, drillAgeDays: undefined }) };
  expect(drill.judge(empty)).toEqual({ state: "fail", found: "no drill has passed" });
  expect(proven.judge(empty)).toEqual({ state: "fail", found: "no backup is proven" });
});

describe("golive doctor --production", () => {
  test("reads a file that waits for its secrets, names what is missing and where to read on, and ends with 8", async () => {
    const fake = fakeWorld();
    writeFileSync(
      join(fake.world.places.repo, "Pulumi.production.yaml"),
      readFileSync(join(repo, "Pulumi.production.yaml"), "utf8"),
    );
    const { exit, stdout } = await fake.golive("doctor", "--production");
    expect(exit).toBe(8);
    expect(stdout).toMatch(/^FAIL {2}The escrow can open the backups +no escrow recipient$/m);
    expect(stdout).toMatch(/^\? +No alert fires +not asked while the configuration has faults$/m);
    expect(stdout).toContain("age-keygen");
    expect(stdout).toContain("(readiness#escrow)");
    expect(stdout).toMatch(/\nstack production: \d+ pass, \d+ fail, 3 unknown\n$/);
  });

  test("asks the running stack where its configuration is whole, and says so when it does not answer", async () => {
    const fake = fakeWorld();
    fake.pods = [];
    const { stdout } = await fake.golive("doctor", "staging", "--production", "--json");
    const {
      stack,
      ready: good,
      checks,
    } = JSON.parse(stdout) as { stack: string; ready: boolean; checks: { id: string; state: string; found: string }[] };
    expect({ stack, good }).toEqual({ stack: "staging", good: false });
    expect(checks.find(({ id }) => id === "quiet-alerts")).toMatchObject({
      state: "unknown",
      found: expect.stringContaining("no pod of Prometheus is ready"),
    });
  });

  test("takes the state's place and the secrets' provider from where golive up takes them", async () => {
    const fake = fakeWorld();
    fake.env = { ...fake.env, PULUMI_BACKEND_URL: "s3://golive-state" };
    appendFileSync(
      join(fake.world.places.repo, "Pulumi.staging.yaml"),
      "secretsprovider: awskms://alias/golive?region=x\n",
    );
    const { stdout } = await fake.golive("doctor", "staging", "--production");
    expect(stdout).toMatch(/^pass +The state is not on one machine +s3:\/\/golive-state$/m);
    expect(stdout).toMatch(/^pass +Secrets are encrypted by a key service +awskms:\/\/alias\/golive$/m);
  });

  test("a stack that is not there is named", async () => {
    const { exit, stderr } = await fakeWorld().golive("doctor", "--production");
    expect(exit).toBe(2);
    expect(stderr).toContain('there is no stack "production"');
  });
});
