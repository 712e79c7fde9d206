import {
  kindOf,
  metadataOf,
  objectPolicy,
  type Part,
  type PlannedResource,
  type Policy,
  podTemplates,
} from "./resource.ts";

export const networkPolicies = {
  defaultDeny: {
    why: "a connection that nobody asked for is refused, in and out",
    check(resources) {
      const denied = new Set(resources.filter(isDefaultDeny).map((policy) => metadataOf(policy).namespace));
      return resources
        .filter((resource) => kindOf(resource) === "Namespace" && !denied.has(metadataOf(resource).name))
        .map(({ name }) => ({ resource: name, message: "has no policy that refuses everything, in and out" }));
    },
  },
  noEmptyPeer: objectPolicy(
    "NetworkPolicy",
    "a rule without peers or ports allows everybody or everything",
    ({ inputs }) => {
      const { ingress = [], egress = [] } = inputs.spec as Part;
      const rules = [
        ...ingress.map((rule: Part) => [rule.from, rule.ports]),
        ...egress.map((rule: Part) => [rule.to, rule.ports]),
      ];
      const open = rules.some(([peers, ports]) => !peers?.length || !ports?.length || peers.some(isEverybody));
      return open ? "has a rule without peers, without ports, or for everybody" : undefined;
    },
  ),
  everyPodHasEdges: {
    why: "a pod that no policy selects was forgotten in the table of edges",
    check(resources) {
      const selectors = resources
        .filter((resource) => kindOf(resource) === "NetworkPolicy" && !isDefaultDeny(resource))
        .map((policy) => ({ namespace: metadataOf(policy).namespace, labels: matchLabels(policy) }));
      return podTemplates(resources)
        .filter(
          (pod) =>
            !selectors.some(
              ({ namespace, labels }) =>
                namespace === pod.namespace &&
                Object.entries(labels).every(([key, value]) => pod.labels[key] === value),
            ),
        )
        .map(({ resource }) => ({ resource, message: "is selected by no policy of its namespace" }));
    },
  },
  onlyPublishedPorts: objectPolicy("Service", "doors to the outside are in one table", ({ inputs, name }) => {
    const { type = "ClusterIP" } = inputs.spec as Part;
    return type === "ClusterIP" || name.startsWith("publish-") ? undefined : `is a ${type}`;
  }),
  podSecurity: objectPolicy("Namespace", "the API server refuses what the program forgets", ({ inputs }) => {
    const labels = (inputs.metadata as Part)?.labels ?? {};
    const loose = ["enforce", "audit", "warn"].filter(
      (mode) => labels[`pod-security.kubernetes.io/${mode}`] !== "restricted",
    );
    return loose.length > 0 ? `does not ${loose.join(", ")} "restricted"` : undefined;
  }),
} as const satisfies Record<string, Policy>;

function isDefaultDeny(resource: PlannedResource): boolean {
  if (kindOf(resource) !== "NetworkPolicy") return false;
  const { podSelector, policyTypes = [], ingress, egress } = resource.inputs.spec as Part;
  return Object.keys(podSelector).length === 0 && policyTypes.length === 2 && !ingress && !egress;
}

/** A block of every address is only fit for the internet: then the cluster's own networks are left out of it. */
function isEverybody(peer: Part): boolean {
  if (peer.ipBlock) return peer.ipBlock.cidr === "0.0.0.0/0" && !peer.ipBlock.except?.length;
  return !peer.podSelector?.matchLabels || !peer.namespaceSelector?.matchLabels;
}

function matchLabels({ inputs }: PlannedResource): Record<string, string> {
  return (inputs.spec as Part).podSelector.matchLabels ?? {};
}
