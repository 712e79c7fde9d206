import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { contentHash } from "../content-hash.ts";
import { owned, standardLabels } from "../metadata.ts";

/** An immutable ConfigMap named after its content: a change is a new object that pods roll onto. */
export function configMap(
  name: string,
  args: { namespace: pulumi.Input<string>; name: string; component: string; files: Readonly<Record<string, string>> },
  parent: pulumi.Resource,
): k8s.core.v1.ConfigMap {
  const { namespace, name: base, component, files } = args;
  return new k8s.core.v1.ConfigMap(
    name,
    {
      metadata: owned({ name: `${base}-${contentHash(files)}`, namespace, labels: standardLabels(base, component) }),
      immutable: true,
      data: files,
    },
    { parent },
  );
}
