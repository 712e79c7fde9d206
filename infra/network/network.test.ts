import { expect, test } from "vitest";
import { namespaceNames } from "../names.ts";
import { type WorkloadName, workloads } from "../workloads.ts";
import { type Edge, edges, edgesWhen, outsiders, type Peer } from "./edges.ts";
import { networkProblems } from "./network.ts";
import { defaultDeny, type Surroundings, workloadPolicies } from "./policies.ts";

const around: Surroundings = {
  namespaces: namespaceNames("test"),
  apiServerCidrs: ["10.1.0.0/16"],
  clientCidrs: ["10.2.0.0/16", "10.3.0.0/16"],
  dnsLabel: "kube-dns",
};
const all = edgesWhen(
  new Set(["in-cluster", "s3", "managed", "notified", "published", "point-in-time", "bugsink"] as const),
);
const isWorkload = (peer: Peer): peer is WorkloadName => peer in workloads;

test("every edge joins peers that exist, on ports that the receiver opens, with a reason", () => {
  expect(edges.length).toBeGreaterThan(20);
  for (const edge of edges as readonly Edge[]) {
    for (const peer of [edge.from, edge.to]) expect([...Object.keys(workloads), ...outsiders]).toContain(peer);
    expect(isWorkload(edge.from) || isWorkload(edge.to), "one end is ours").toBe(true);
    expect(edge.ports.length).toBeGreaterThan(0);
    expect(edge.why).not.toBe("");
    if (isWorkload(edge.to))
      expect(Object.values(workloads[edge.to].ports)).toEqual(expect.arrayContaining([...edge.ports]));
  }
});

test("no connection stands in the table twice", () => {
  const pairs = (edges as readonly Edge[]).map(
    ({ from, to, when }) => `${from} ${to} ${[when ?? ""].flat().join("+")}`,
  );
  expect(new Set(pairs).size).toBe(pairs.length);
});

test("every workload has an edge, or it would be cut off", () => {
  for (const name of Object.keys(workloads))
    expect(
      all.some(({ from, to }) => from === name || to === name),
      name,
    ).toBe(true);
});

test("every namespace refuses everything, in and out", () => {
  expect(defaultDeny(around.namespaces).map(({ namespace, spec }) => [namespace, spec])).toEqual(
    ["app", "storage", "observability", "operator"].map((namespace) => [
      namespace,
      { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    ]),
  );
});

test("an edge between two pods opens exactly both of its ends", () => {
  const edge: Edge = { from: "gateway", to: "jaeger", ports: [4318], why: "spans" };
  const open = workloadPolicies([edge], around).filter(({ spec }) =>
    [spec.ingress, spec.egress].some((rules) => (rules as unknown[]).length > 0),
  );
  expect(open.map(({ namespace, name, spec }) => [namespace, name, spec.ingress, spec.egress])).toEqual([
    [
      "app",
      "gateway",
      [],
      [
        {
          to: [
            {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "test-observability" } },
              podSelector: { matchLabels: { "app.kubernetes.io/name": "jaeger" } },
            },
          ],
          ports: [{ port: 4318, protocol: "TCP" }],
        },
      ],
    ],
    [
      "observability",
      "jaeger",
      [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "test-app" } },
              podSelector: { matchLabels: { "app.kubernetes.io/name": "gateway" } },
            },
          ],
          ports: [{ port: 4318, protocol: "TCP" }],
        },
      ],
      [],
    ],
  ]);
});

test("names are asked for over UDP and TCP, everything else is TCP", () => {
  const protocols = workloadPolicies(all, around).flatMap(({ spec }) =>
    (spec.egress as { ports: { port: number; protocol: string }[] }[]).flatMap(({ ports }) => ports),
  );
  for (const { port, protocol } of protocols) if (protocol === "UDP") expect([53, 5353]).toContain(port);
  expect(protocols).toContainEqual({ port: 53, protocol: "UDP" });
});

test("the way to AWS is open only where backups go there, and never leads into the cluster's own networks", () => {
  const outward = new Set(["s3", "channels", "pod-identity"]);
  expect(edgesWhen(new Set(["in-cluster"] as const)).filter(({ to }) => outward.has(to))).toEqual([]);
  const backup = workloadPolicies(edgesWhen(new Set(["s3"] as const)), around).find(({ name }) => name === "backup");
  expect(JSON.stringify(backup?.spec.egress)).toContain('"except":["10.0.0.0/8","172.16.0.0/12","192.168.0.0/16"');
});

test("the addresses of S3 and of the channels may be named, and then no other is open", () => {
  const narrow = { ...around, storeCidrs: ["10.9.0.0/24"], channelCidrs: ["10.8.0.25/32"] };
  const planned = workloadPolicies(edgesWhen(new Set(["s3", "notified"] as const)), narrow);
  const text = JSON.stringify(planned.find(({ name }) => name === "backup")?.spec.egress);
  expect(text).toContain("10.9.0.0/24");
  expect(text).toContain("10.8.0.25/32");
  expect(text).not.toContain("0.0.0.0/0");
});

test("a drill reaches the store and nothing else, whatever is configured: a dump may hold somebody else's code", () => {
  for (const [store, reached] of [
    ["in-cluster", ["dns", "object-store"]],
    ["s3", ["dns", "pod-identity", "s3"]],
  ] as const) {
    const circumstances = new Set([store, "managed", "notified", "published"] as const);
    const from = edgesWhen(circumstances).filter((edge) => edge.from === "backup-drill");
    const own = from.filter(({ when }) => store === "s3" || when !== "managed");
    expect(own.map(({ to }) => to).sort()).toEqual(reached);
    expect(edgesWhen(circumstances).some(({ to }) => to === "backup-drill")).toBe(false);
  }
});

test("what a drill recovers reaches the archive that it comes from, and neither the live database nor anything outside", () => {
  const reached = (name: string) => [...new Set(all.filter(({ from }) => from === name).map(({ to }) => to))].sort();
  const archive = ["api-server", "dns", "object-store", "pod-identity", "s3"];
  for (const name of ["postgres-drill", "postgres-recovery"]) expect(reached(name)).toEqual(archive);
  expect(reached("backup-drill-point-in-time")).toEqual([...archive, "postgres", "postgres-drill"].sort());
  const into = (name: string) => all.filter(({ to }) => to === name).map(({ from }) => from);
  expect(into("postgres-drill").sort()).toEqual(["backup-drill-point-in-time", "postgres-operator"]);
  expect(into("backup-drill-point-in-time")).toEqual([]);
});

test("what only cares for backups cannot reach the database", () => {
  const to = (name: string) => all.filter((edge) => edge.from === name).map((edge) => edge.to);
  expect(to("backup")).toContain("postgres");
  for (const name of ["backup-care", "backup-drill"]) expect(to(name)).not.toContain("postgres");
});

test("an empty list of addresses is refused: it would mean everybody", () => {
  expect(networkProblems(around)).toEqual([]);
  expect(networkProblems({ ...around, clientCidrs: [] })).toMatchObject([{ propertyPath: "around.clientCidrs" }]);
  expect(networkProblems({ ...around, channelCidrs: [] })).toMatchObject([{ propertyPath: "around.channelCidrs" }]);
});
