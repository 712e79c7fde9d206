import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { owned, standardLabels } from "../metadata.ts";
import type { TrackerProject } from "./projects.ts";

/** Secret of the namespace whose pods send errors; each key is the DSN of a project: `backend-dsn`, `frontend-dsn`. */
export const dsnSecretName = "error-tracker";

/** The same Secret wherever errors go, so that a service that sends them looks the same in every stack. */
export function dsnSecret(
  name: string,
  args: {
    readonly namespace: pulumi.Input<string>;
    readonly dsns: Readonly<Partial<Record<TrackerProject, pulumi.Output<string>>>>;
  },
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Secret {
  return new k8s.core.v1.Secret(
    name,
    {
      metadata: owned({
        name: dsnSecretName,
        namespace: args.namespace,
        labels: standardLabels(dsnSecretName, "errors"),
      }),
      stringData: Object.fromEntries(Object.entries(args.dsns).map(([project, value]) => [`${project}-dsn`, value])),
    },
    opts,
  );
}
