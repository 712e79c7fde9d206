import { GoliveError } from "@golive/errors/golive-error.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { secretKeys } from "./config/schema.ts";
import { checkPlatformConfig, parsePlatformConfig, platformJsonSchema, type RawConfig } from "./config.ts";
import { stackConfig, stacks } from "./testing/stacks.ts";

/** The local stack's keys with some set to other values; `undefined` removes a key. */
function changed(changes: Record<string, unknown>): RawConfig {
  const raw = structuredClone(stackConfig("local")) as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const [first = "", ...rest] = path.split(".");
    const steps = [`golive:${first}`, ...rest];
    const last = steps.pop() ?? "";
    const parent = steps.reduce((at, step) => at[step] as Record<string, unknown>, raw);
    if (value === undefined) delete parent[last];
    else parent[last] = value;
  }
  return raw;
}

const aws = { accountId: "111122223333", eksCluster: "staging" };
const smtp = { host: "mail.example.org", from: "golive@example.org", to: ["ops@example.org"] };
const peer = { namespace: "shop", labels: { app: "shop" }, port: 8080 };
const escrowRecipient = "age14kegzdm87f5jl273vqnq5p4h5w88f0dwaufwc8np9had8jrtksuqd9zde2";
const secret = { secure: "v1:…" };
const faultOf = (changes: Record<string, unknown>) => checkPlatformConfig(changed(changes)).faults;

test.each(stacks)("Pulumi.%s.yaml is a configuration, once its secrets are set", (stack) => {
  expect(checkPlatformConfig(stackConfig(stack)).faults).toEqual([]);
});

describe("a wrong value is named with its path, what stands there and what may", () => {
  const cases: [changes: Record<string, unknown>, path: string, given: string, allowed: RegExp][] = [
    [{ "postgres.instances": 1 }, "golive:postgres.instances", "1", /2 to 9; never 1/],
    [{ "postgres.instances": "2" }, "golive:postgres.instances", '"2"', /whole number/],
    [{ "postgres.storage": "2 GB" }, "golive:postgres.storage", '"2 GB"', /512Mi or 10Gi/],
    [{ "postgres.memory": "0Mi" }, "golive:postgres.memory", '"0Mi"', /512Mi/],
    [{ "postgres.cpu": undefined }, "golive:postgres.cpu", "nothing", /250m or 2/],
    [{ "postgres.parameters.ssl": "off" }, "golive:postgres.parameters.ssl", '"off"', /operator sets it/],
    [{ "postgres.parameters.shared_buffers": "1GB" }, "golive:postgres.parameters.shared_buffers", '"1GB"', /\(80MB\)/],
    [{ "gateway.replicas": 1 }, "golive:gateway.replicas", "1", /from 2 to 50/],
    [{ gateway: 3 }, "golive:gateway", "3", /group of keys/],
    [
      { "backups.schedules": { backup: "0 25 * * *" } },
      "golive:backups.schedules.backup",
      '"0 25 * * *"',
      /five cron fields/,
    ],
    [{ "backups.schedules": { drill: "0 0 30 2 *" } }, "golive:backups.schedules.drill", '"0 0 30 2 *"', /fires/],
    [{ "backups.schedules": { backup: "0 2 * * 0" } }, "golive:backups.rpoHours", "26", /at least 168/],
    [{ "backups.lock.days": 0 }, "golive:backups.lock.days", "0", /from 1 to 3650/],
    [{ "backups.lock.mode": "LEGAL" }, "golive:backups.lock.mode", '"LEGAL"', /GOVERNANCE or COMPLIANCE/],
    [{ "backups.retention": { verified: 0 } }, "golive:backups.retention.verified", "0", /from 1 to 365/],
    [{ "backups.escrowRecipient": "AGE-SECRET" }, "golive:backups.escrowRecipient", '"AGE-SECRET"', /age1 and 58/],
    [{ protect: true, "gateway.exampleData": false }, "golive:backups.escrowRecipient", "nothing", /age1 and 58/],
    [
      { "backups.trustedSigners": ["-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"] },
      "golive:backups.trustedSigners.0",
      "no key",
      /Ed25519/,
    ],
    [
      { protect: true, "backups.escrowRecipient": escrowRecipient },
      "golive:gateway.exampleData",
      "true",
      /false where/,
    ],
    [
      { "gateway.corsOrigins": ["https://a.example/x"] },
      "golive:gateway.corsOrigins",
      "what the gateway refuses",
      /browsers/,
    ],
    [{ "gateway.rateLimits": { reed: {} } }, "golive:gateway.rateLimits", "what the gateway refuses", /reed/],
    [
      { "gateway.auth": { jwksUrl: "http://login.example", issuer: "i", audience: "a" } },
      "golive:gateway.auth.jwksUrl",
      "what the gateway refuses",
      /https/,
    ],
    [
      { "gateway.upstreams": [{ name: "shop", prefix: "/api", target: "http://shop", access: "viewer", peer }] },
      "golive:gateway.upstreams.0.prefix",
      "what the gateway refuses",
      /collides with the gateway's own/,
    ],
    [{ "backups.manage": true, aws }, "golive:backups.manage", "true", /in-cluster/],
    [{ aws }, "golive:aws", '{"accountId":"111122223333","eksCluster":"staging"}', /manage is false/],
    [{ "backups.replicaRegion": "eu-west-1" }, "golive:backups.replicaRegion", '"eu-west-1"', /manage is false/],
    [
      { "backups.notifications": { smtp: { ...smtp, port: 25 } } },
      "golive:backups.notifications.smtp.port",
      "25",
      /587 or 465/,
    ],
    [{ "backups.notifications": { smtp: { ...smtp, user: "ops" } } }, "golive:smtpPassword", "nothing", /secret/],
    [{ smtpPassword: secret }, "golive:backups.notifications.smtp.user", "nothing", /smtpPassword is set/],
    [{ "backups.timeZone": "Mars/Olympus" }, "golive:backups.timeZone", '"Mars/Olympus"', /IANA/],
    [{ "backups.store": "tape" }, "golive:backups.store", '"tape"', /in-cluster or s3/],
    [{ "backups.bucket": "No_Bucket" }, "golive:backups.bucket", '"No_Bucket"', /3 to 55/],
    [{ "tracing.retention": "2d" }, "golive:tracing.retention", '"2d"', /48h/],
    [{ "tracing.samplingRatio": 2 }, "golive:tracing.samplingRatio", "2", /0 to 1/],
    [{ "metrics.retentionSize": "2Gi" }, "golive:metrics.retentionSize", '"2Gi"', /80 %.*1638Mi/],
    [{ "publish.clientCidrs": [] }, "golive:publish.clientCidrs", "[]", /at least one CIDR/],
    [{ "cluster.apiServerCidrs": ["10.0.0.0/33"] }, "golive:cluster.apiServerCidrs.0", '"10.0.0.0/33"', /CIDR/],
    [{ namespacePrefix: "GoLive" }, "golive:namespacePrefix", '"GoLive"', /a-z/],
    [{ objectStore: undefined }, "golive:objectStore", "nothing", /storage/],
    [{ images: { gateway: "gateway:1" } }, "golive:images.gateway", '"gateway:1"', /sha256/],
    [{ seed: "in clear" }, "golive:seed", "a value in clear", /secret/],
  ];
  test.each(cases)("%j", (changes, path, given, allowed) => {
    expect(faultOf(changes)).toEqual([
      { path, given, allowed: expect.stringMatching(allowed), fix: expect.stringMatching(/\S/) },
    ]);
  });
});

test("an unknown key is a fault, and the key that was meant is named", () => {
  expect(faultOf({ "postgres.paramters": {}, postgrse: {}, zebra: 1 })).toMatchObject([
    { path: "golive:postgres.paramters", fix: "did you mean golive:postgres.parameters?" },
    { path: "golive:postgrse", fix: "did you mean golive:postgres?" },
    { path: "golive:zebra", fix: "remove it" },
  ]);
  expect(faultOf({ images: { gatway: "x" } })).toMatchObject([
    { path: "golive:images.gatway", fix: "did you mean golive:images.gateway?" },
  ]);
});

test("all faults come in one error, as code CONFIG_INVALID", () => {
  const wrong = changed({ "postgres.instances": 1, "backups.timeZone": "x", environment: undefined, extra: 1 });
  const error = (() => {
    try {
      parsePlatformConfig(wrong);
    } catch (caught) {
      return caught;
    }
  })();
  expect(error).toBeInstanceOf(GoliveError);
  expect(error).toMatchObject({ code: "CONFIG_INVALID", exit: 2 });
  const { message } = error as GoliveError;
  expect(message).toMatch(/^4 faults in the configuration:/);
  for (const path of ["postgres.instances", "backups.timeZone", "environment", "extra"])
    expect(message).toContain(`golive:${path} is `);
});

test("a bucket on AWS that exists needs its account as secrets, and no object store in the cluster", () => {
  const s3 = { "backups.store": "s3" };
  expect(faultOf(s3).map(({ path }) => path)).toEqual([
    "golive:objectStore",
    "golive:s3AccessKeyId",
    "golive:s3SecretAccessKey",
  ]);
});

test("a bucket on AWS that is managed needs no key of an account, but to know which account it is for", () => {
  const managed = { objectStore: undefined, "backups.store": "s3", "backups.manage": true };
  expect(faultOf(managed)).toMatchObject([{ path: "golive:aws" }]);
  expect(faultOf({ ...managed, aws })).toEqual([]);
  expect(faultOf({ ...managed, aws, "backups.replicaRegion": "us-east-1" })).toMatchObject([
    { path: "golive:backups.replicaRegion", allowed: "another region than backups.region" },
  ]);
});

test("the value of a secret is never repeated", () => {
  for (const name of Object.keys(secretKeys))
    expect(JSON.stringify(faultOf({ [name]: "hunter2hunter2" }))).not.toContain("hunter2");
});

test("keys of other programs are left alone", () => {
  expect(checkPlatformConfig({ ...stackConfig("local"), "aws:region": "x", "pulumi:tags": {} }).faults).toEqual([]);
});

test("no input at all makes the check throw anything but CONFIG_INVALID", () => {
  const paths = Object.keys(platformJsonSchema().properties as object).map((name) => name.slice("golive:".length));
  fc.assert(
    fc.property(
      fc.constantFrom(...paths, "postgres.instances", "backups.schedules", "publish.clientCidrs"),
      fc.jsonValue(),
      (path, value) => {
        try {
          parsePlatformConfig(changed({ [path]: value ?? null }));
        } catch (error) {
          expect(error).toMatchObject({ code: "CONFIG_INVALID" });
        }
      },
    ),
  );
});

test("every key says in the editor's schema what it is for and what it allows", () => {
  const bare: string[] = [];
  const walk = (schema: Record<string, unknown>, path: string) => {
    const children = schema.properties as Record<string, Record<string, unknown>> | undefined;
    if (!children && (!schema.description || !schema.allowed)) bare.push(path);
    for (const [name, child] of Object.entries(children ?? {})) walk(child, `${path}.${name}`);
  };
  for (const [name, schema] of Object.entries(platformJsonSchema().properties as object)) walk(schema, name);
  expect(bare).toEqual([]);
});
