import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { owned, standardLabels } from "../metadata.ts";
import type { NamespaceKey, NamespaceNames } from "../names.ts";

/** Version of the Pod Security rules that pods are held to; rules of later versions are met first, then this moves. */
export const podSecurityVersion = "v1.37";

export interface NamespacesArgs {
  readonly names: NamespaceNames;
}

/** Every namespace enforces Pod Security "restricted"; there are no exceptions. */
export class Namespaces extends pulumi.ComponentResource {
  /** Names as outputs: who uses one waits for the namespace to exist. */
  readonly names: Readonly<Record<NamespaceKey, pulumi.Output<string>>>;

  constructor(name: string, { names }: NamespacesArgs, opts: pulumi.ComponentResourceOptions) {
    super("golive:namespaces:Namespaces", name, { names }, opts);
    const made = Object.entries(names).map(([key, namespace]) => {
      const resource = new k8s.core.v1.Namespace(
        `${name}-${key}`,
        {
          metadata: owned({
            name: namespace,
            labels: { ...standardLabels(namespace, "namespace"), ...podSecurityLabels() },
          }),
        },
        { parent: this },
      );
      return [key, resource.metadata.name] as const;
    });
    this.names = Object.fromEntries(made) as Record<NamespaceKey, pulumi.Output<string>>;
    this.registerOutputs({ names: this.names });
  }
}

/** Violations are refused, written to the audit log, and shown to whoever applies them. */
export function podSecurityLabels(): Record<string, string> {
  const modes = ["enforce", "audit", "warn"].flatMap((mode) => [
    [`pod-security.kubernetes.io/${mode}`, "restricted"],
    [`pod-security.kubernetes.io/${mode}-version`, podSecurityVersion],
  ]);
  return Object.fromEntries(modes);
}
