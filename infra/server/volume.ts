import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { owned, standardLabels } from "../metadata.ts";

export interface VolumeArgs {
  readonly namespace: pulumi.Input<string>;
  /** Name of the claim and of what it belongs to. */
  readonly name: string;
  readonly component: string;
  readonly storage: string;
  /** Refuse deletion and replacement. */
  readonly protect: boolean;
}

/** A claim of its own rather than a template of a StatefulSet: it can grow in place, and no update replaces it. */
export function dataVolume(
  name: string,
  { namespace, name: claim, component, storage, protect }: VolumeArgs,
  parent: pulumi.Resource,
): k8s.core.v1.PersistentVolumeClaim {
  return new k8s.core.v1.PersistentVolumeClaim(
    name,
    {
      metadata: owned({
        name: claim,
        namespace,
        labels: standardLabels(claim, component),
        // Volumes bind when their pod is placed; waiting for it here would wait for ever.
        annotations: { "pulumi.com/skipAwait": "true" },
      }),
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } },
    },
    { parent, protect, retainOnDelete: protect },
  );
}
