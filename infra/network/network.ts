import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { UpstreamConfig } from "../gateway/gateway-schema.ts";
import { owned, standardLabels } from "../metadata.ts";
import type { Namespaces } from "../namespaces/namespaces.ts";
import type { Edge } from "./edges.ts";
import { defaultDeny, type Surroundings, upstreamPolicies, workloadPolicies } from "./policies.ts";

export interface NetworkArgs {
  readonly namespaces: Namespaces;
  /** Allowed connections; all others are refused. */
  readonly edges: readonly Edge[];
  readonly around: Surroundings;
  /** Services behind the gateway. */
  readonly upstreams: readonly UpstreamConfig[];
}

/** Network policies of every namespace. Pods are started after it, so that none ever runs in the open. */
export class Network extends pulumi.ComponentResource {
  readonly policies: readonly k8s.networking.v1.NetworkPolicy[];

  constructor(
    name: string,
    { namespaces, edges, around, upstreams }: NetworkArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    const errors = networkProblems(around);
    if (errors.length > 0) throw new pulumi.InputPropertiesError({ message: `network "${name}"`, errors });
    super("golive:network:Network", name, {}, opts);
    const planned = [
      ...defaultDeny(around.namespaces),
      ...workloadPolicies(edges, around),
      ...upstreamPolicies(upstreams),
    ];
    this.policies = planned.map(
      (policy) =>
        new k8s.networking.v1.NetworkPolicy(
          `${name}-${policy.namespace}-${policy.name}`,
          {
            metadata: owned({
              name: policy.name,
              namespace: namespaces.names[policy.namespace],
              labels: standardLabels(policy.name, "network-policy"),
            }),
            spec: policy.spec,
          },
          { parent: this },
        ),
    );
    this.registerOutputs({});
  }
}

/** An empty list of peers would allow everybody. */
export function networkProblems({
  apiServerCidrs,
  clientCidrs,
  storeCidrs,
  channelCidrs,
  identityCidrs,
  sentryCidrs,
}: Surroundings): { propertyPath: string; reason: string }[] {
  return Object.entries({ apiServerCidrs, clientCidrs, storeCidrs, channelCidrs, identityCidrs, sentryCidrs })
    .filter(([, cidrs]) => cidrs?.length === 0)
    .map(([propertyPath]) => ({
      propertyPath: `around.${propertyPath}`,
      reason: "no address block: everybody would be allowed",
    }));
}
