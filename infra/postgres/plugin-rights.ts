import type { types } from "@pulumi/kubernetes";

type Rule = types.input.rbac.v1.PolicyRule;

/**
 * What the plugin may do. Upstream's manifest lets it read, make and delete every Secret of the cluster; it needs to
 * name one. Rights are only given on by who has them, so those of `inNamespace` are also what instances can get.
 */
export const pluginRights = {
  /** Its informers list these kinds everywhere. */
  everywhere: [
    { apiGroups: ["barmancloud.cnpg.io"], resources: ["objectstores"], verbs: ["get", "list", "watch"] },
    { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "rolebindings"], verbs: ["get", "list", "watch"] },
  ],
  /** In the database's namespace: it makes the Role by which instances reach the archive. */
  inNamespace: (secret: string) => [
    {
      apiGroups: ["rbac.authorization.k8s.io"],
      resources: ["roles", "rolebindings"],
      verbs: ["create", "patch", "update"],
    },
    { apiGroups: ["barmancloud.cnpg.io"], resources: ["objectstores/status"], verbs: ["update"] },
    { apiGroups: [""], resources: ["secrets"], resourceNames: [secret], verbs: ["get", "list", "watch"] },
    // The Role belongs to its Cluster and goes with it.
    { apiGroups: ["postgresql.cnpg.io"], resources: ["clusters/finalizers"], verbs: ["update"] },
  ],
} as const satisfies { everywhere: readonly Rule[]; inNamespace: (secret: string) => readonly Rule[] };
