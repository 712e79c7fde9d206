import { describe, expect, test } from "vitest";
import { parsePlatformConfig } from "../config.ts";
import { masked, opened, type Seen } from "../testing/mocks.ts";
import { runStack, stackConfig, stacks, testImages } from "../testing/stacks.ts";
import { findings } from "./check.ts";
import { exceptions } from "./exceptions.ts";
import { alertPageSlugs } from "./pages.ts";
import type { PlannedResource } from "./resource.ts";

function plan({ resources, kept }: Seen): PlannedResource[] {
  return resources.map((resource) => {
    const known: PlannedResource = { ...resource, ...kept.get(`${resource.type} ${resource.name}`) };
    return resource.type.endsWith(":Secret")
      ? known
      : { ...known, inputs: opened(resource.inputs) as object as PlannedResource["inputs"] };
  });
}

const facts = (isProtected: boolean) => ({ images: testImages(isProtected), isProtected, pages: alertPageSlugs() });

for (const stack of stacks)
  test(`the ${stack} stack breaks no policy, and every exception is needed`, async () => {
    const { protect } = parsePlatformConfig(stackConfig(stack));
    const seen = await runStack(stack);
    expect(seen.resources.length).toBeGreaterThan(60);
    expect(findings(plan(seen), facts(protect))).toEqual([]);
  });

describe("each policy finds what it is for", async () => {
  const good = plan(await runStack("local"));
  // biome-ignore lint/suspicious/noExplicitAny: the tests break objects of every kind
  const broken = (name: string, damage: (inputs: any) => void): PlannedResource[] =>
    structuredClone(good).map((resource) => {
      if (resource.name === name) damage(resource.inputs);
      return resource;
    });
  const gateway = "gateway-server-pods";
  // biome-ignore lint/suspicious/noExplicitAny: see above
  const container = (inputs: any) => inputs.spec.template.spec.containers[0];

  // biome-ignore lint/suspicious/noExplicitAny: see above
  const cases: [policy: string, resource: string, damage: (inputs: any) => void][] = [
    ["nonRoot", gateway, (inputs) => Object.assign(container(inputs).securityContext, { runAsUser: 0 })],
    [
      "noEscalation",
      gateway,
      (inputs) => Object.assign(container(inputs).securityContext, { allowPrivilegeEscalation: true }),
    ],
    [
      "noCapabilities",
      gateway,
      (inputs) => Object.assign(container(inputs).securityContext, { capabilities: { add: ["NET_RAW"] } }),
    ],
    [
      "readOnlyRoot",
      gateway,
      (inputs) => Object.assign(container(inputs).securityContext, { readOnlyRootFilesystem: false }),
    ],
    [
      "seccomp",
      gateway,
      (inputs) => Object.assign(container(inputs).securityContext, { seccompProfile: { type: "Unconfined" } }),
    ],
    ["noHost", gateway, (inputs) => Object.assign(inputs.spec.template.spec, { hostNetwork: true })],
    ["noHost", gateway, (inputs) => inputs.spec.template.spec.volumes.push({ name: "disk", hostPath: { path: "/" } })],
    ["memoryIsLimited", gateway, (inputs) => delete container(inputs).resources.limits],
    ["cpuIsRequested", gateway, (inputs) => delete container(inputs).resources.requests.cpu],
    ["serversAreProbed", gateway, (inputs) => delete container(inputs).readinessProbe],
    [
      "probesNameNoHost",
      gateway,
      (inputs) => Object.assign(container(inputs).livenessProbe.httpGet, { host: "example" }),
    ],
    [
      "noApiToken",
      gateway,
      (inputs) => Object.assign(inputs.spec.template.spec, { automountServiceAccountToken: true }),
    ],
    ["ownAccount", gateway, (inputs) => Object.assign(inputs.spec.template.spec, { serviceAccountName: "default" })],
    ["noServiceLinks", gateway, (inputs) => delete inputs.spec.template.spec.enableServiceLinks],
    ["fromTheTable", gateway, (inputs) => Object.assign(container(inputs), { image: "docker.io/node:24" })],
    [
      "neverLatest",
      gateway,
      (inputs) => Object.assign(container(inputs), { image: "localhost/golive/gateway:latest" }),
    ],
    ["database", "postgres-images", (inputs) => Object.assign(inputs.spec.images[0], { image: "postgres:17" })],
    ["defaultDeny", "network-app-default-deny", (inputs) => Object.assign(inputs.spec, { policyTypes: ["Ingress"] })],
    ["noEmptyPeer", "network-app-gateway", (inputs) => Object.assign(inputs.spec.ingress[0], { from: [] })],
    [
      "noEmptyPeer",
      "network-app-gateway",
      (inputs) => Object.assign(inputs.spec.egress[0], { to: [{ ipBlock: { cidr: "0.0.0.0/0" } }] }),
    ],
    ["everyPodHasEdges", gateway, (inputs) => Object.assign(inputs.spec.template.metadata, { labels: {} })],
    ["onlyPublishedPorts", "valkey-server-service", (inputs) => Object.assign(inputs.spec, { type: "LoadBalancer" })],
    ["podSecurity", "namespaces-app", (inputs) => Object.assign(inputs.metadata, { labels: {} })],
    ["labels", "namespaces-app", (inputs) => Object.assign(inputs.metadata, { labels: {} })],
    ["cronJobs", "backups-backup", (inputs) => Object.assign(inputs.spec, { concurrencyPolicy: "Allow" })],
    ["fieldManager", "namespaces-app", (inputs) => delete inputs.metadata.annotations],
    ["cronJobs", "backups-backup", (inputs) => delete inputs.spec.timeZone],
    ["budgets", gateway, (inputs) => Object.assign(inputs.spec, { selector: {} })],
    ["budgets", "gateway-server-budget", (inputs) => Object.assign(inputs.spec, { minAvailable: 2 })],
    [
      "singleWriter",
      "tracing-jaeger-pods",
      (inputs) => Object.assign(inputs.spec, { strategy: { type: "RollingUpdate" } }),
    ],
    [
      "secretsAreSecret",
      "valkey-access",
      (inputs) => Object.assign(inputs, { stringData: masked({ url: "redis://:x@valkey" }) }),
    ],
    ["noSecretInEnvironment", gateway, (inputs) => container(inputs).env.push({ name: "PGPASSWORD", value: "x" })],
    ["highUser", gateway, (inputs) => Object.assign(container(inputs).securityContext, { runAsUser: 1000 })],
    ["notInDefault", "valkey-access", (inputs) => Object.assign(inputs.metadata, { namespace: "default" })],
    [
      "noSecretInText",
      gateway,
      (inputs) => container(inputs).env.push({ name: "A", value: "redis://:hunter2@valkey" }),
    ],
    [
      "noSecretInText",
      gateway,
      (inputs) => Object.assign(container(inputs), { args: [`--key=AKIA${"A".repeat(16)}`] }),
    ],
    [
      "noSecretInText",
      "backups-invariants",
      (inputs) => Object.assign(inputs.data, { key: "-----BEGIN PRIVATE KEY-----" }),
    ],
    ["noSecretInText", gateway, (inputs) => Object.assign(inputs.metadata.annotations, { note: "[secret]" })],
    [
      "alertsLeadSomewhere",
      "metrics-prometheus-config",
      (inputs) =>
        Object.assign(inputs.data, { "rules.yaml": inputs.data["rules.yaml"].replaceAll("postgres-down", "gone") }),
    ],
    [
      "alertsLeadSomewhere",
      "metrics-prometheus-config",
      (inputs) =>
        Object.assign(inputs.data, {
          "rules.yaml": inputs.data["rules.yaml"].replace("severity: page", "severity: high"),
        }),
    ],
    [
      "rights",
      "metrics-app-pods",
      (inputs) => inputs.rules?.push({ apiGroups: [""], resources: ["secrets"], verbs: ["list"] }),
    ],
  ];
  test.each(cases)("%s: %s", (policy, resource, damage) => {
    const found = findings(broken(resource, damage), facts(false));
    expect(found.map((finding) => finding.policy)).toContain(policy);
  });

  test("an exception that is not needed is a finding", () => {
    const stale = { policy: "noApiToken", resource: gateway, reason: "none" };
    expect(findings(good, facts(false), [...exceptions, stale])).toEqual([
      { policy: "noApiToken", resource: gateway, message: "is an exception that is not needed any more" },
    ]);
  });

  test("an exception for what a stack does not have is no finding", () => {
    const elsewhere = { policy: "noApiToken", resource: "gone", reason: "none" };
    expect(findings(good, facts(false), [...exceptions, elsewhere])).toEqual([]);
  });
});

describe("what the local stack has none of", () => {
  const found = (...resources: PlannedResource[]) =>
    findings(resources, facts(true)).map(({ policy, message }) => `${policy}: ${message}`);
  const claim = (storage: string, more: object = {}): PlannedResource => ({
    type: "kubernetes:core/v1:PersistentVolumeClaim",
    name: "claim",
    protect: true,
    retain: true,
    inputs: { spec: { resources: { requests: { storage } } } },
    ...more,
  });
  const only = (policy: string, ...resources: PlannedResource[]) =>
    found(...resources).filter((line) => line.startsWith(`${policy}:`));

  test("data of a protected stack is protected and outlives it; of a throwaway one it may go", () => {
    expect(only("dataIsProtected", claim("1Gi"))).toEqual([]);
    expect(only("dataIsProtected", claim("1Gi", { protect: false }))).toEqual([
      "dataIsProtected: holds data and is not protected",
    ]);
    expect(only("dataIsProtected", claim("1Gi", { retain: false }))).toEqual([
      "dataIsProtected: holds data and would be deleted with the stack",
    ]);
    expect(findings([claim("1Gi", { protect: false })], facts(false)).map(({ policy }) => policy)).not.toContain(
      "dataIsProtected",
    );
  });

  test("a volume may grow and not shrink, whatever the units", () => {
    const old = claim("2Gi").inputs;
    expect(only("neverSmaller", claim("2048Mi", { old }))).toEqual([]);
    expect(only("neverSmaller", claim("3G", { old }))).toEqual([]);
    expect(only("neverSmaller", claim("2G", { old }))).toEqual(["neverSmaller: shrinks from 2Gi to 2G"]);
    const cluster = (size: string) => ({ spec: { storage: { size } } });
    const type = "kubernetes:postgresql.cnpg.io/v1:Cluster";
    expect(only("neverSmaller", { type, name: "db", inputs: cluster("1Gi"), old: cluster("2Gi") })).toHaveLength(1);
  });

  test("another major version of Postgres is stopped", () => {
    const catalog = (major: number): PlannedResource["inputs"] => ({ spec: { images: [{ major, image: "x" }] } });
    const type = "kubernetes:postgresql.cnpg.io/v1:ImageCatalog";
    const row = (inputs: PlannedResource["inputs"]) => ({ type, name: "images", inputs, old: catalog(17) });
    expect(only("sameMajor", row(catalog(17)))).toEqual([]);
    expect(only("sameMajor", row(catalog(18)))).toEqual(["sameMajor: goes from PostgreSQL 17 to 18"]);
  });

  test("a storage class encrypts and lets volumes grow", () => {
    const row = (inputs: PlannedResource["inputs"]) => ({
      type: "kubernetes:storage.k8s.io/v1:StorageClass",
      name: "ssd",
      inputs,
    });
    expect(only("storageClass", row({ parameters: { encrypted: "true" }, allowVolumeExpansion: true }))).toEqual([]);
    expect(only("storageClass", row({ parameters: {}, allowVolumeExpansion: true }))).toHaveLength(1);
    expect(only("storageClass", row({ parameters: { encrypted: "true" } }))).toHaveLength(1);
  });

  test("nobody is made the owner of the cluster", () => {
    const row = (name: string) => ({
      type: "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
      name: "who",
      inputs: { roleRef: { kind: "ClusterRole", name } },
    });
    expect(only("noClusterAdmin", row("gateway"))).toEqual([]);
    expect(only("noClusterAdmin", row("cluster-admin"))).toHaveLength(1);
  });

  test("an entry has TLS, whichever kind of entry it is", () => {
    const ingress = (spec: object) => ({
      type: "kubernetes:networking.k8s.io/v1:Ingress",
      name: "in",
      inputs: { spec },
    });
    const gate = (spec: object) => ({
      type: "kubernetes:gateway.networking.k8s.io/v1:Gateway",
      name: "in",
      inputs: { spec },
    });
    expect(only("entryHasTls", ingress({ tls: [{ secretName: "cert" }] }))).toEqual([]);
    expect(only("entryHasTls", ingress({}))).toHaveLength(1);
    expect(only("entryHasTls", gate({ listeners: [{ protocol: "HTTPS", tls: {} }] }))).toEqual([]);
    expect(only("entryHasTls", gate({ listeners: [{ protocol: "HTTP" }] }))).toHaveLength(1);
  });
});

describe("each policy about AWS finds what it is for", async () => {
  const good = plan(await runStack("production"));
  const bucket = good.find(({ type }) => type === "aws:s3/bucket:Bucket")?.name ?? "none";
  const lockedBucket =
    good.find(({ type, inputs }) => type === "aws:s3/bucket:Bucket" && inputs.objectLockEnabled === true)?.name ??
    "none";
  const without = (name: string) => good.filter((resource) => resource.name !== name);
  // biome-ignore lint/suspicious/noExplicitAny: the tests break objects of every kind
  const broken = (name: string, damage: (inputs: any) => void): PlannedResource[] =>
    structuredClone(good).map((resource) => {
      if (resource.name === name) damage(resource.inputs);
      return resource;
    });
  const role = good.find(({ type }) => type === "aws:iam/rolePolicy:RolePolicy")?.name ?? "none";
  const policiesOf = (resources: readonly PlannedResource[]) =>
    findings(resources, facts(true)).map(({ policy, resource }) => `${policy} ${resource}`);

  test.each(["private", "versions", "policy", "encryption", "lifecycle"])("a bucket without its %s", (guard) => {
    expect(policiesOf(without(`${bucket}-${guard}`))).toContain(`bucketsAreGuarded ${bucket}`);
  });

  test.each([
    [
      "bucketsAreShut",
      `${bucket}-private`,
      (inputs: { blockPublicAcls: boolean }) => Object.assign(inputs, { blockPublicAcls: false }),
    ],
    [
      "bucketsKeepVersions",
      `${bucket}-versions`,
      (inputs: object) => Object.assign(inputs, { versioningConfiguration: { status: "Suspended" } }),
    ],
    ["bucketsHaveTheirKey", `${bucket}-encryption`, (inputs: object) => Object.assign(inputs, { rules: [] })],
    [
      "iamIsNarrow",
      role,
      (inputs: object) =>
        Object.assign(inputs, {
          policy: JSON.stringify({ Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "arn:aws:s3:::x" }] }),
        }),
    ],
    [
      "iamIsNarrow",
      role,
      (inputs: object) =>
        Object.assign(inputs, {
          policy: JSON.stringify({ Statement: { Effect: "Allow", Action: ["s3:GetObject"], Resource: "*" } }),
        }),
    ],
  ])("%s: %s", (policy, name, damage) => {
    expect(policiesOf(broken(name, damage))).toContain(`${policy} ${name}`);
  });

  test("a lock without a time locks nothing", () => {
    expect(policiesOf(without(`${lockedBucket}-lock`))).toContain(`backupsAreLocked ${lockedBucket}`);
  });
});
