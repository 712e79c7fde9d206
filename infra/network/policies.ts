import type { types } from "@pulumi/kubernetes";
import type { UpstreamConfig } from "../gateway/gateway-schema.ts";
import type { NamespaceKey, NamespaceNames } from "../names.ts";
import { type WorkloadName, workloads } from "../workloads.ts";
import type { Edge, Outsider, Peer } from "./edges.ts";

type Rule = types.input.networking.v1.NetworkPolicyIngressRule & types.input.networking.v1.NetworkPolicyEgressRule;
type PolicyPeer = types.input.networking.v1.NetworkPolicyPeer;
type Spec = types.input.networking.v1.NetworkPolicySpec;

/** Where the peers outside the platform are. */
export interface Surroundings {
  readonly namespaces: NamespaceNames;
  readonly apiServerCidrs: readonly string[];
  readonly clientCidrs: readonly string[];
  /** Value of `k8s-app` on the cluster's DNS pods. */
  readonly dnsLabel: string;
  /** Where S3 is; without it every public address. */
  readonly storeCidrs?: readonly string[] | undefined;
  /** Where people are told things; without it every public address. */
  readonly channelCidrs?: readonly string[] | undefined;
  /** Where the identity provider is; without it every public address. */
  readonly identityCidrs?: readonly string[] | undefined;
  /** Where Sentry is; without it every public address. */
  readonly sentryCidrs?: readonly string[] | undefined;
}

/** A policy to make: its namespace, its name, its spec. */
export interface PlannedPolicy {
  readonly namespace: NamespaceKey;
  readonly name: string;
  readonly spec: Spec;
}

/** Everything is refused, in and out, until an edge allows it. */
export function defaultDeny(namespaces: NamespaceNames): PlannedPolicy[] {
  return (Object.keys(namespaces) as NamespaceKey[]).map((namespace) => ({
    namespace,
    name: "default-deny",
    spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
  }));
}

/** One policy a workload, named after it, with a rule for each edge that touches it. */
export function workloadPolicies(edges: readonly Edge[], around: Surroundings): PlannedPolicy[] {
  return (Object.keys(workloads) as WorkloadName[]).map((name) => ({
    namespace: workloads[name].namespace,
    name,
    spec: {
      podSelector: { matchLabels: workloads[name].selector },
      policyTypes: ["Ingress", "Egress"],
      ingress: edges
        .filter(({ to }) => to === name)
        .map((edge) => ({ from: peers(edge.from, around), ports: ports(edge) })),
      egress: edges
        .filter(({ from }) => from === name)
        .map((edge) => ({ to: peers(edge.to, around), ports: ports(edge) })),
    },
  }));
}

/** The gateway's ways to the services behind it. @returns none when there are no such services */
export function upstreamPolicies(upstreams: readonly UpstreamConfig[]): PlannedPolicy[] {
  if (upstreams.length === 0) return [];
  const egress = upstreams.map(({ peer }) => ({
    to: "cidrs" in peer ? blocks(peer.cidrs) : [podsOf(peer)],
    ports: [{ port: peer.port, protocol: "TCP" }],
  }));
  const { namespace, selector } = workloads.gateway;
  const spec = { podSelector: { matchLabels: selector }, policyTypes: ["Egress"], egress };
  return [{ namespace, name: "gateway-upstreams", spec }];
}

function podsOf({ namespace, labels }: Extract<UpstreamConfig["peer"], { namespace: string }>): PolicyPeer {
  return {
    namespaceSelector: inNamespace(namespace),
    podSelector: { matchLabels: labels },
  };
}

function ports(edge: Edge): NonNullable<Rule["ports"]> {
  const protocols = edge.to === "dns" ? ["UDP", "TCP"] : ["TCP"];
  return edge.ports.flatMap((port) => protocols.map((protocol) => ({ port, protocol })));
}

function peers(peer: Peer, around: Surroundings): PolicyPeer[] {
  if (isWorkload(peer)) {
    const { namespace, selector } = workloads[peer];
    return [{ namespaceSelector: inNamespace(around.namespaces[namespace]), podSelector: { matchLabels: selector } }];
  }
  return outsiderPeers[peer](around);
}

const blocks = (cidrs: readonly string[]): PolicyPeer[] => cidrs.map((cidr) => ({ ipBlock: { cidr } }));

const outsiderPeers: Record<Outsider, (around: Surroundings) => PolicyPeer[]> = {
  dns: ({ dnsLabel }) => [
    { namespaceSelector: inNamespace("kube-system"), podSelector: { matchLabels: { "k8s-app": dnsLabel } } },
  ],
  "api-server": ({ apiServerCidrs }) => blocks(apiServerCidrs),
  clients: ({ clientCidrs }) => blocks(clientCidrs),
  s3: ({ storeCidrs }) => publicOr(storeCidrs),
  channels: ({ channelCidrs }) => publicOr(channelCidrs),
  identity: ({ identityCidrs }) => publicOr(identityCidrs),
  sentry: ({ sentryCidrs }) => publicOr(sentryCidrs),
  // The agent of EKS Pod Identity on the pod's own node; the address is the same on every node.
  "pod-identity": () => blocks(["169.254.170.23/32"]),
};

/** Public addresses only: an open door to the cluster's own networks would undo every other rule. */
const publicOr = (cidrs: readonly string[] | undefined): PolicyPeer[] =>
  cidrs
    ? blocks(cidrs)
    : [{ ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"] } }];

const inNamespace = (name: string) => ({ matchLabels: { "kubernetes.io/metadata.name": name } });

function isWorkload(peer: Peer): peer is WorkloadName {
  return peer in workloads;
}
