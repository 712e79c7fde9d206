import type { KubernetesObject } from "@kubernetes/client-node";

/** What the cluster's own components may do beyond Kubernetes' bootstrap roles. Add-ons bring theirs along. */
export const componentRights: readonly KubernetesObject[] = [
  binding("golive:apiserver-kubelet", "system:kubelet-api-admin", "kube-apiserver-kubelet-client"),
  clusterRole("golive:kube-router", [
    // Its caches; it writes nothing.
    { apiGroups: [""], resources: ["namespaces", "pods"], verbs: ["list", "watch"] },
    { apiGroups: [""], resources: ["nodes"], verbs: ["get"] },
    { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: ["list", "watch"] },
  ]),
  binding("golive:kube-router", "golive:kube-router", "golive:kube-router"),
];

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

export function clusterRole(name: string, rules: readonly Rule[]): KubernetesObject {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name },
    rules,
  } as KubernetesObject;
}

/** Binds a ClusterRole to a user or, written `namespace/name`, to a service account. */
export function binding(name: string, role: string, subject: string): KubernetesObject {
  const [namespace, account] = subject.includes("/") ? subject.split("/") : [];
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects: [
      account
        ? { kind: "ServiceAccount", namespace, name: account }
        : { apiGroup: "rbac.authorization.k8s.io", kind: "User", name: subject },
    ],
  } as KubernetesObject;
}
