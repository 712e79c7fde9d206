import { describe, expect, test } from "vitest";
import { parsePlatformConfig } from "../config.ts";
import { masked } from "../testing/mocks.ts";
import { runStack, stackConfig, stacks } from "../testing/stacks.ts";
import { findings } from "./check.ts";
import { exceptions } from "./exceptions.ts";
import type { Part } from "./resource.ts";
import { type Damage, damaged, facts, plan } from "./testing/plans.ts";

for (const stack of stacks)
  test(`the ${stack} stack breaks no policy, and every exception is needed`, async () => {
    const { protect } = parsePlatformConfig(stackConfig(stack));
    const seen = await runStack(stack);
    expect(seen.resources.length).toBeGreaterThan(60);
    expect(findings(plan(seen), facts(protect))).toEqual([]);
  });

describe("each policy finds what it is for", async () => {
  const good = plan(await runStack("local"));
  const broken = (name: string, damage: Damage) => damaged(good, name, damage);
  const gateway = "gateway-server-pods";
  const container = (inputs: Part) => inputs.spec.template.spec.containers[0];

  const cases: [policy: string, resource: string, damage: Damage][] = [
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
