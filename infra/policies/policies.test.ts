import { describe, expect, test } from "vitest";
import { parsePlatformConfig } from "../config.ts";
import { masked, opened, type SeenResource } from "../testing/mocks.ts";
import { runStack, stackConfig, stacks, testImages } from "../testing/stacks.ts";
import { findings } from "./check.ts";
import type { PlannedResource } from "./resource.ts";

/** Manifest of the operator is upstream's: it carries upstream's labels. */
const withoutUpstreamLabels = ({ policy, resource }: { policy: string; resource: string }) =>
  !(policy === "labels" && resource.startsWith("postgres-operator-"));

function plan(resources: readonly SeenResource[]): PlannedResource[] {
  return resources.map((resource) =>
    resource.type.endsWith(":Secret")
      ? resource
      : { ...resource, inputs: opened(resource.inputs) as object as PlannedResource["inputs"] },
  );
}

for (const stack of stacks)
  test(`the ${stack} stack breaks no policy, and every exception is needed`, async () => {
    const { protect } = parsePlatformConfig(stackConfig(stack));
    const seen = await runStack(stack);
    expect(seen.resources.length).toBeGreaterThan(60);
    expect(findings(plan(seen.resources), testImages(protect)).filter(withoutUpstreamLabels)).toEqual([]);
  });

describe("each policy finds what it is for", async () => {
  const images = testImages(false);
  const seen = await runStack("local");
  const good = plan(seen.resources);
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
    [
      "rights",
      "metrics-app-pods",
      (inputs) => inputs.rules?.push({ apiGroups: [""], resources: ["secrets"], verbs: ["list"] }),
    ],
  ];
  test.each(cases)("%s: %s", (policy, resource, damage) => {
    const found = findings(broken(resource, damage), images).filter(withoutUpstreamLabels);
    expect(found.map((finding) => finding.policy)).toContain(policy);
  });

  test("an exception that is not needed is a finding", () => {
    const stale = { policy: "noApiToken", resource: "gone", reason: "none" };
    expect(findings([], images, [stale])).toEqual([
      { policy: "noApiToken", resource: "gone", message: "is an exception that is not needed any more" },
    ]);
  });
});
