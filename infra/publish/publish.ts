import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { owned, standardLabels, unawaited } from "../metadata.ts";
import type { Namespaces } from "../namespaces/namespaces.ts";
import { type PublishedName, publishedPorts } from "../ports.ts";
import { workloads } from "../workloads.ts";

export interface PublishArgs {
  readonly namespaces: Namespaces;
  readonly ports: readonly PublishedName[];
}

/** Node ports of the table: Services of their own, so that a component looks the same in every environment. */
export class Publish extends pulumi.ComponentResource {
  constructor(name: string, { namespaces, ports }: PublishArgs, opts: pulumi.ComponentResourceOptions) {
    super("golive:publish:Publish", name, {}, opts);
    for (const key of ports) {
      const { workload, node, target } = publishedPorts[key];
      const { namespace, selector } = workloads[workload];
      new k8s.core.v1.Service(
        `${name}-${key}`,
        {
          metadata: owned({
            name: `${key}-published`,
            namespace: namespaces.names[namespace],
            labels: standardLabels(`${key}-published`, "published-port"),
            annotations: unawaited,
          }),
          spec: {
            type: "NodePort",
            selector,
            ports: [{ name: "http", port: target, targetPort: target, nodePort: node }],
          },
        },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}
