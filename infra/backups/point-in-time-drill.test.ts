import { beforeAll, expect, test } from "vitest";
import type { Seen } from "../testing/mocks.ts";
import { runStack } from "../testing/stacks.ts";
import { drillClusterRules, drillRights } from "./point-in-time-drill.ts";

let local: Seen;
let production: Seen;
beforeAll(async () => {
  local = await runStack("local");
  production = await runStack("production");
}, 120_000);

const name = "backup-drill-point-in-time";
const made = (seen: Seen) => JSON.parse(seen.one("ConfigMap", name).inputs.data["cluster.json"]);

test("it reads and deletes the one cluster of its name, and can do nothing to the live one", () => {
  const ofClusters = drillRights.filter(({ resources }) => resources.includes("clusters"));
  expect(ofClusters).toEqual([
    // The name of what is made is in no request that a rule sees: that is for the admission policy.
    { apiGroups: ["postgresql.cnpg.io"], resources: ["clusters"], verbs: ["create"] },
    {
      apiGroups: ["postgresql.cnpg.io"],
      resources: ["clusters"],
      resourceNames: ["postgres-drill"],
      verbs: ["get", "delete"],
    },
  ]);
  const all = drillRights.flatMap(({ resources, verbs }) =>
    resources.flatMap((of) => verbs.map((verb) => `${verb} ${of}`)),
  );
  expect(all).toEqual(["create clusters", "get clusters", "delete clusters", "get pods", "list pods", "get pods/log"]);
  const binding = local.one("RoleBinding", name).inputs;
  expect([binding.metadata.namespace, binding.roleRef, binding.subjects]).toEqual([
    "golive-app",
    { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
    [{ kind: "ServiceAccount", name, namespace: "golive-app" }],
  ]);
});

test("what it makes is recovered from the archive and writes to none, as the admission policy wants it", () => {
  const cluster = made(local);
  expect(cluster).toMatchObject({
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Cluster",
    metadata: { name: "postgres-drill" },
    spec: {
      instances: 1,
      bootstrap: { recovery: { source: "archive" } },
      externalClusters: [{ name: "archive", plugin: { parameters: { barmanObjectName: "point-in-time" } } }],
      inheritedMetadata: { labels: { "golive.dev/point-in-time": "drill" } },
      imageCatalogRef: local.one("Cluster", "postgres").inputs.spec.imageCatalogRef,
      managed: { roles: [{ name: "backup" }] },
    },
  });
  expect(cluster.spec).not.toHaveProperty("plugins");
  expect(cluster.spec).not.toHaveProperty("backup");
  expect(made(production).spec.storage).toEqual(production.one("Cluster", "postgres").inputs.spec.storage);
});

test("the policy is about this account alone, and refuses what it cannot judge", () => {
  const { metadata, spec } = local.one("ValidatingAdmissionPolicy", `golive-app-${name}`).inputs;
  expect(spec).toMatchObject({
    failurePolicy: "Fail",
    matchConditions: [{ expression: `request.userInfo.username == "system:serviceaccount:golive-app:${name}"` }],
  });
  expect(spec.validations.map(({ message }: { message: string }) => message)).toEqual(
    drillClusterRules.map(([, message]) => message),
  );
  expect(spec.validations[0].expression).toBe('object.metadata.name == "postgres-drill"');
  expect(local.one("ValidatingAdmissionPolicyBinding", metadata.name).inputs.spec).toEqual({
    policyName: metadata.name,
    validationActions: ["Deny"],
  });
});

test("it signs what it found and puts it into the store, and neither decrypts nor tells anybody", () => {
  const pod = local.one("CronJob", name).inputs.spec.jobTemplate.spec.template.spec;
  const [{ args, env }] = pod.containers;
  expect(args).toEqual(["drill", "--plane=point-in-time"]);
  const values = Object.fromEntries(env.map(({ name, value }: { name: string; value: string }) => [name, value]));
  expect(values).toMatchObject({
    PGHOST: "postgres-rw",
    PGUSER: "backup",
    BACKUP_RECOVERY_CLUSTER_FILE: "/etc/backup-recovery/cluster.json",
    BACKUP_INVARIANTS_FOLDER: "/invariants",
    BACKUP_INVARIANTS_DATABASE: "app",
  });
  expect(values).not.toHaveProperty("BACKUP_IDENTITY_FILE");
  expect(env).toContainEqual({ name: "BACKUP_POD_UID", valueFrom: { fieldRef: { fieldPath: "metadata.uid" } } });
});

test("on AWS its account has the role that puts records", () => {
  const roles = production.kind("PodIdentityAssociation").filter(({ inputs }) => inputs.serviceAccount === name);
  expect(roles.map(({ name }) => name)).toEqual([`managed-store-writer-pods-${name}`]);
});
