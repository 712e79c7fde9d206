import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { parsePlatformConfig } from "../config.ts";
import { opened, type Seen } from "../testing/mocks.ts";
import { runStack, stackConfig } from "../testing/stacks.ts";
import { retentionEvents } from "./errors.ts";
import { dsn, trackerProjects } from "./projects.ts";
import { asHex, trackerSecretNames } from "./tracker-secrets.ts";

let local: Seen;
let another: Seen;
beforeAll(async () => {
  local = await runStack("local");
  another = await runStack("local", { secrets: { "golive:seed": "another-seed-0123456789-0123456789" } });
});

const stringData = (seen: Seen, name: string) =>
  opened(seen.one("Secret", name).inputs.stringData) as Readonly<Record<string, string>>;
const pod = () => local.one("Deployment", "bugsink").inputs.spec.template.spec;
const environment = () =>
  Object.fromEntries(pod().containers[0].env.map(({ name, value }: { name: string; value: string }) => [name, value]));

describe("the tracker's pod", () => {
  test("is one, replaced and never doubled: two processes would write one database", () => {
    expect(local.one("Deployment", "bugsink").inputs.spec).toMatchObject({
      replicas: 1,
      strategy: { type: "Recreate" },
    });
  });

  test("keeps events on a claim, and writes nowhere else but to a small scratch folder", () => {
    const writable = pod().containers[0].volumeMounts.filter(({ readOnly }: { readOnly: boolean }) => !readOnly);
    expect(writable.map(({ mountPath }: { mountPath: string }) => mountPath)).toEqual(["/data", "/tmp"]);
    expect(pod().volumes).toContainEqual({ name: "data", persistentVolumeClaim: { claimName: "bugsink" } });
    expect(local.one("PersistentVolumeClaim", "bugsink").inputs.spec.resources.requests).toEqual({ storage: "1Gi" });
    expect(pod().containers[0].securityContext).toMatchObject({ readOnlyRootFilesystem: true, runAsNonRoot: true });
  });

  test("has its secrets as files, every one that its program reads, and none in its environment", () => {
    const { secret } = pod().volumes.find(({ name }: { name: string }) => name === "access");
    expect(secret.items.map(({ key }: { key: string }) => key)).toEqual([...trackerSecretNames]);
    const all = Object.values(stringData(local, "bugsink-access"));
    expect(all).toHaveLength(trackerSecretNames.length);
    for (const value of all) expect(JSON.stringify(environment())).not.toContain(value);
  });

  test("is given a new seed's secrets by a restart", () => {
    const revision = (seen: Seen) =>
      seen.one("Deployment", "bugsink").inputs.spec.template.metadata.annotations["golive.dev/secrets"];
    expect(revision(local)).not.toBe(revision(another));
  });

  test("is told every variable that its program requires", () => {
    const files = ["start.py", "bugsink_conf.py", "environment.py"].map((name) =>
      readFileSync(new URL(`../../local/images/bugsink/${name}`, import.meta.url), "utf8"),
    );
    const required = [...files.join("\n").matchAll(/(?:required|whole)\("([A-Z_]+)"/g)].map(([, name]) => name);
    expect([...new Set(required)].sort()).toEqual(Object.keys(environment()).sort());
  });
});

describe("DSNs", () => {
  test("name the project's number and the key that the tracker is started with", () => {
    const { "backend-key": backend, "frontend-key": frontend } = stringData(local, "bugsink-access");
    expect(backend).toMatch(/^[0-9a-f]{32}$/);
    expect(stringData(local, "error-tracker")).toEqual({
      "backend-dsn": `http://${backend}@bugsink.golive-observability.svc.cluster.local:8001/1`,
      "frontend-dsn": `http://${frontend}@localhost:8001/2`,
    });
  });

  test("are in the namespace of those who send, where the token that reads is not", () => {
    expect(local.one("Secret", "error-tracker").inputs.metadata.namespace).toBe("golive-app");
    const token = stringData(local, "bugsink-access")["api-token"] ?? "";
    expect(token).toMatch(/^[0-9a-f]{40}$/);
    const elsewhere = local
      .kind("Secret")
      .filter(({ inputs }) => inputs.metadata.name !== "bugsink-access")
      .map(({ inputs }) => opened(inputs));
    expect(JSON.stringify(elsewhere)).not.toContain(token);
  });

  test("the gateway has its own as a file, and the browsers' not at all", () => {
    const { containers, volumes } = local.one("Deployment", "gateway").inputs.spec.template.spec;
    expect(containers[0].env).toContainEqual({ name: "SENTRY_DSN_FILE", value: "/run/secrets/errors/backend-dsn" });
    expect(volumes.find(({ name }: { name: string }) => name === "errors").secret).toMatchObject({
      secretName: "error-tracker",
      items: [{ key: "backend-dsn", path: "backend-dsn" }],
    });
  });

  test("change with the seed, and no two secrets of a stack are alike", () => {
    const [one, other] = [stringData(local, "bugsink-access"), stringData(another, "bugsink-access")];
    expect(new Set([...Object.values(one), ...Object.values(other)]).size).toBe(2 * trackerSecretNames.length);
  });

  test("are those of projects that the image makes, number for number", () => {
    const start = readFileSync(new URL("../../local/images/bugsink/start.py", import.meta.url), "utf8");
    const [, table = ""] = /^PROJECTS = \{(.*)\}$/m.exec(start) ?? [];
    const made = [...table.matchAll(/(\d+): "(\w+)"/g)].map(([, id, name]) => [name, Number(id)]);
    expect(Object.fromEntries(made)).toEqual(trackerProjects);
  });

  test("keep the port and drop any path of the origin", () => {
    expect(dsn("http://tracker:8001/ui", "ab".repeat(16), "frontend")).toBe(`http://${"ab".repeat(16)}@tracker:8001/2`);
  });
});

test("a key has the digits that are asked for, or is refused", () => {
  expect(asHex(Buffer.from("00ff10", "hex").toString("base64url"), 4)).toBe("00ff");
  expect(() => asHex("AAAA", 8)).toThrow("a derived secret has 6 hex digits, needs 8");
});

test("events may fill half of the volume", () => {
  expect(retentionEvents("1Gi")).toBe(10_737);
  expect(retentionEvents("1Mi")).toBe(100);
});

test("a stack without a tracker has no pod, volume, Secret or port of its own", async () => {
  const seen = await runStack("local", { config: { "golive:errors": { kind: "none" } } });
  // Policies of the network are the table's, for every workload; this one then allows nothing.
  const made = seen.resources.filter(({ type }) => !type.endsWith(":NetworkPolicy"));
  const names = made.map(({ inputs }) => String(inputs.metadata?.name));
  expect(names.filter((name) => /bugsink|error-tracker/.test(name))).toEqual([]);
});

test("Sentry's own DSN reaches the services by the same Secret", async () => {
  const own = "https://0123456789abcdef0123456789abcdef@o1.ingest.example/42";
  const seen = await runStack("local", {
    config: { "golive:errors": { kind: "sentry" } },
    secrets: { "golive:sentryDsn": own },
  });
  expect(stringData(seen, "error-tracker")).toEqual({ "backend-dsn": own });
  expect(seen.kind("Deployment").map(({ inputs }) => inputs.metadata.name)).not.toContain("bugsink");
});

test("without the key, errors go to the log alone", () => {
  const { "golive:errors": _, ...rest } = stackConfig("local") as Record<string, unknown>;
  expect(parsePlatformConfig(rest).errors).toEqual({ kind: "none", storage: "1Gi", memory: "320Mi", traces: true });
});
