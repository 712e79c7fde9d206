import { X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { opened, type Seen } from "../testing/mocks.ts";
import { runStack, stackConfig } from "../testing/stacks.ts";
import { workloads } from "../workloads.ts";
import { pluginRights } from "./plugin-rights.ts";
import { drillCluster, recoverySpec } from "./recovery-spec.ts";

let local: Seen;
let production: Seen;
beforeAll(async () => {
  local = await runStack("local");
  production = await runStack("production");
});

const archive = (seen: Seen) => seen.one("ObjectStore", "point-in-time").inputs.spec;

describe("the archive", () => {
  test("the cluster archives through the plugin, within five minutes, into a folder of its own", () => {
    const { spec } = local.one("Cluster", "postgres").inputs;
    expect(spec.plugins).toEqual([
      {
        name: "barman-cloud.cloudnative-pg.io",
        enabled: true,
        isWALArchiver: true,
        parameters: { barmanObjectName: "point-in-time", serverName: "postgres" },
      },
    ]);
    expect(spec.postgresql.parameters.archive_timeout).toBe("5min");
  });

  test("in the cluster it has a bucket and an account of its own, never those of the dumps", () => {
    expect(archive(local).configuration).toMatchObject({
      destinationPath: "s3://golive-backups-wal/",
      endpointURL: "http://object-store.golive-storage:7070",
      s3Credentials: {
        accessKeyId: { name: "point-in-time-access", key: "access-key-id" },
        secretAccessKey: { name: "point-in-time-access", key: "secret-access-key" },
      },
    });
    const keys = opened(local.one("Secret", "point-in-time-access").inputs.stringData) as Record<string, string>;
    expect(keys["access-key-id"]).toBe("wal-archiver");
    const others = local
      .kind("Secret")
      .filter(
        ({ inputs }) => inputs.metadata.namespace === "golive-app" && inputs.metadata.name !== "point-in-time-access",
      )
      .map(({ inputs }) => JSON.stringify(opened(inputs.stringData)));
    expect(others.length).toBeGreaterThan(3);
    for (const text of others) expect(text).not.toContain(keys["secret-access-key"]);
  });

  test("on AWS the pods' own role opens it; a Secret is named all the same, since no name would mean every Secret", () => {
    const { s3Credentials, endpointURL, destinationPath } = archive(production).configuration;
    expect(s3Credentials).toEqual({
      inheritFromIAMRole: true,
      region: { name: "point-in-time-access", key: "region" },
    });
    expect([endpointURL, destinationPath]).toEqual([undefined, "s3://golive-production-backups-wal/"]);
    expect(Object.keys(opened(production.one("Secret", "point-in-time-access").inputs.stringData) as object)).toEqual([
      "region",
    ]);
  });

  test("what is older than the retention is let go, and newer clients send no checksums that stores refuse", () => {
    expect(archive(local)).toMatchObject({
      retentionPolicy: "30d",
      instanceSidecarConfiguration: {
        env: expect.arrayContaining([{ name: "AWS_REQUEST_CHECKSUM_CALCULATION", value: "when_required" }]),
      },
    });
  });

  test("a base backup is taken each night an hour before the dump, and the first one at once", () => {
    expect(local.one("ScheduledBackup", "postgres").inputs.spec).toEqual({
      cluster: { name: "postgres" },
      schedule: "0 0 1 * * *",
      immediate: true,
      method: "plugin",
      pluginConfiguration: { name: "barman-cloud.cloudnative-pg.io" },
      target: "prefer-standby",
      backupOwnerReference: "cluster",
    });
  });
});

describe("the plugin", () => {
  test("the operator finds it by the labels of its Service, and trusts the pairs that are named there", () => {
    const { metadata, spec } = local.one("Service", "barman-plugin").inputs;
    expect(metadata).toMatchObject({
      namespace: "cnpg-system",
      labels: { "cnpg.io/pluginName": "barman-cloud.cloudnative-pg.io" },
      annotations: {
        "cnpg.io/pluginServerSecret": "barman-plugin-server-tls",
        "cnpg.io/pluginClientSecret": "barman-plugin-client-tls",
        "cnpg.io/pluginPort": "9090",
      },
    });
    expect(spec.ports).toEqual([{ name: "grpc", port: 9090, targetPort: "grpc" }]);
    const pair = opened(local.one("Secret", "barman-plugin-server-tls").inputs.stringData) as Record<string, string>;
    // The operator calls it by the Service's name.
    expect(new X509Certificate(pair["tls.crt"] ?? "").checkHost(metadata.name)).toBe("barman-plugin");
  });

  test("two of them, both answering: while none does the operator leaves every database alone", () => {
    const { spec } = local.one("Deployment", "barman-plugin").inputs;
    const [container] = spec.template.spec.containers;
    expect(spec.replicas).toBe(2);
    expect(local.one("PodDisruptionBudget", "barman-plugin").inputs.spec.minAvailable).toBe(1);
    expect(container.args).not.toContain("--leader-elect");
    expect(container.env).toContainEqual({
      name: "SIDECAR_IMAGE",
      value: "localhost/golive/barman-sidecar:0123456789ab",
    });
  });

  test("the operator's key is not in the plugin's pod", () => {
    const { volumes } = local.one("Deployment", "barman-plugin").inputs.spec.template.spec;
    const keys = volumes.map(({ secret }: { secret: { secretName: string; items: { key: string }[] } }) => [
      secret.secretName,
      secret.items.map(({ key }) => key),
    ]);
    expect(Object.fromEntries(keys)).toEqual({
      "barman-plugin-server-tls": ["tls.crt", "tls.key"],
      "barman-plugin-client-tls": ["tls.crt"],
    });
  });

  test("of all Secrets it can read the archive's alone, and there is none that it can make or delete", () => {
    const rules = [...local.kind("ClusterRole"), ...local.kind("Role")]
      .filter(({ inputs }) => inputs.metadata.name === "barman-plugin")
      .flatMap(({ inputs }) => inputs.rules);
    expect(rules.filter(({ resources }) => resources.includes("secrets"))).toEqual([
      {
        apiGroups: [""],
        resources: ["secrets"],
        resourceNames: ["point-in-time-access"],
        verbs: ["get", "list", "watch"],
      },
    ]);
  });

  // plugin-barman-cloud 0.14, internal/cnpgi/operator/specs/role.go: the Role that it makes for instances.
  test("it holds every right that it gives on, or the API server would refuse", () => {
    const given = [
      { group: "barmancloud.cnpg.io", resource: "objectstores", verbs: ["get", "watch", "list"] },
      { group: "barmancloud.cnpg.io", resource: "objectstores/status", verbs: ["update"] },
      { group: "", resource: "secrets", verbs: ["get", "watch", "list"] },
    ];
    const held = [...pluginRights.everywhere, ...pluginRights.inNamespace("s")] as readonly {
      apiGroups: readonly string[];
      resources: readonly string[];
      verbs: readonly string[];
    }[];
    for (const { group, resource, verbs } of given) {
      const mine = held.filter(({ apiGroups, resources }) => apiGroups.includes(group) && resources.includes(resource));
      expect(mine.flatMap((rule) => [...rule.verbs])).toEqual(expect.arrayContaining(verbs));
    }
  });
});

describe("recovered clusters", () => {
  const live = { plugins: [{ name: "barman-cloud.cloudnative-pg.io", parameters: { barmanObjectName: "x" } }] };

  test("they match the network policies made for them, and not those of the live one", () => {
    const { inheritedMetadata } = recoverySpec({ live, targetTime: "2026-11-25T12:00:00Z" }) as {
      inheritedMetadata: { labels: Record<string, string> };
    };
    expect(inheritedMetadata.labels).toEqual(workloads["postgres-recovery"].selector);
    const policy = local.one("NetworkPolicy", "postgres-recovery").inputs.spec;
    expect(policy.podSelector.matchLabels).toEqual(inheritedMetadata.labels);
    expect(policy.ingress.length + policy.egress.length).toBeGreaterThan(3);
  });

  test("that of a drill has a name and a policy of its own, and no moment: whoever makes it adds one", () => {
    const cluster = drillCluster(live) as {
      metadata: object;
      spec: { inheritedMetadata: { labels: Record<string, string> }; bootstrap: unknown };
    };
    expect(cluster.metadata).toEqual({ name: "postgres-drill", labels: workloads["postgres-drill"].selector });
    expect(cluster.spec.inheritedMetadata.labels).toEqual(workloads["postgres-drill"].selector);
    expect(cluster.spec.bootstrap).toEqual({ recovery: { source: "archive" } });
    expect(cluster.spec).not.toHaveProperty("plugins");
  });

  test("a live cluster that archives nowhere cannot be recovered", () => {
    expect(() => recoverySpec({ live: {}, targetTime: "x" })).toThrow("archives nowhere");
  });
});

test("where it is turned off there is no plugin, no archive, and no way to one", async () => {
  const postgres = stackConfig("local")["golive:postgres"] as object;
  const off = await runStack("local", {
    config: { "golive:postgres": { ...postgres, pointInTime: { enabled: false } } },
  });
  const types = off.resources.map(({ type }) => type).join("\n");
  expect(types).not.toMatch(/barmancloud|ScheduledBackup/);
  expect(off.kind("Deployment").map(({ inputs }) => inputs.metadata.name)).not.toContain("barman-plugin");
  expect(off.one("Cluster", "postgres").inputs.spec).not.toHaveProperty("plugins");
  for (const name of ["postgres-recovery", "postgres-drill", "backup-drill-point-in-time"])
    expect(off.one("NetworkPolicy", name).inputs.spec, name).toMatchObject({ ingress: [], egress: [] });
  expect(off.kind("CronJob").map(({ inputs }) => inputs.metadata.name)).not.toContain("backup-drill-point-in-time");
  expect(JSON.stringify(off.kind("Role"))).not.toContain("postgres-drill");
  expect(types).not.toContain("ValidatingAdmissionPolicy");
  const [watching] = off.one("Deployment", "backup-monitor").inputs.spec.template.spec.containers;
  expect(JSON.stringify(watching.env)).not.toMatch(/backup-drill-point-in-time|BACKUP_POINT_IN_TIME/);
  const ways = JSON.stringify(off.one("NetworkPolicy", "postgres").inputs.spec.egress);
  expect(ways).not.toContain("object-store");
});
