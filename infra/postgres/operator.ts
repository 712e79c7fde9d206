import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { owned } from "../metadata.ts";
import type { ManifestObject } from "./operator-manifest.ts";

export interface PostgresOperatorArgs {
  /** Objects of the operator's manifest, patched. */
  readonly objects: readonly ManifestObject[];
  readonly namespace: pulumi.Input<string>;
}

type Make = (name: string, args: ManifestObject, opts: pulumi.CustomResourceOptions) => pulumi.CustomResource;

const as =
  (Kind: new (name: string, args: never, opts: pulumi.CustomResourceOptions) => pulumi.CustomResource): Make =>
  (name, args, opts) =>
    new Kind(name, args as never, opts);

/**
 * Kinds in the order they are made: what the program looks for when it starts, then the program. Its webhooks are among
 * the first: it puts its certificate into them and stops when they are not there. They concern its own kinds only.
 */
const kinds: readonly (readonly [string, Make])[] = [
  ["CustomResourceDefinition", as(k8s.apiextensions.v1.CustomResourceDefinition)],
  ["ServiceAccount", as(k8s.core.v1.ServiceAccount)],
  ["ClusterRole", as(k8s.rbac.v1.ClusterRole)],
  ["ClusterRoleBinding", as(k8s.rbac.v1.ClusterRoleBinding)],
  ["ConfigMap", as(k8s.core.v1.ConfigMap)],
  ["MutatingWebhookConfiguration", as(k8s.admissionregistration.v1.MutatingWebhookConfiguration)],
  ["ValidatingWebhookConfiguration", as(k8s.admissionregistration.v1.ValidatingWebhookConfiguration)],
  ["Deployment", as(k8s.apps.v1.Deployment)],
  ["Service", as(k8s.core.v1.Service)],
];

/** Kinds that wait for all the others; the Service is ready once it has the program's pod behind it. */
const programs = ["Deployment", "Service"];

/**
 * CloudNativePG's operator, one typed resource for each object of its manifest: previews, policies and tests see them
 * all, and it needs no component on the provider's side.
 */
export class PostgresOperator extends pulumi.ComponentResource {
  readonly resources: readonly pulumi.CustomResource[];

  constructor(name: string, { objects, namespace }: PostgresOperatorArgs, opts: pulumi.ComponentResourceOptions) {
    const errors = operatorProblems(objects);
    if (errors.length > 0) throw new pulumi.InputPropertiesError({ message: `operator "${name}"`, errors });
    super("golive:postgres:PostgresOperator", name, {}, opts);
    const made: pulumi.CustomResource[] = [];
    const base: pulumi.CustomResource[] = [];
    for (const [kind, make] of kinds)
      for (const object of objects.filter((candidate) => candidate.kind === kind)) {
        const inNamespace = object.metadata.namespace === undefined ? {} : { namespace };
        const resource = make(
          `${name}-${kind}-${object.metadata.name}`,
          { ...object, metadata: owned({ ...object.metadata, ...inNamespace }) as ManifestObject["metadata"] },
          { parent: this, dependsOn: programs.includes(kind) ? [...base] : [] },
        );
        made.push(resource);
        if (!programs.includes(kind)) base.push(resource);
      }
    this.resources = made;
    this.registerOutputs({});
  }
}

export function operatorProblems(objects: readonly ManifestObject[]): { propertyPath: string; reason: string }[] {
  const known = new Set(kinds.map(([kind]) => kind));
  return objects
    .filter(({ kind }) => !known.has(kind))
    .map(({ kind, metadata }) => ({
      propertyPath: "objects",
      reason: `${kind} "${metadata.name}": no such kind is expected`,
    }));
}
