import { type Link, ranges } from "./network.ts";
import type { LeafSpec } from "./pki.ts";

/** Name of the one node. Fixed, so that a renamed host still finds its pods and volumes. */
export const nodeName = "local";

/** etcd has an authority of its own: whoever holds any other certificate of the cluster still cannot read the store past the API server. */
export type AuthorityName = "ca" | "etcd-ca";
export const authorities: readonly AuthorityName[] = ["ca", "etcd-ca"];

export interface Identity {
  readonly authority: AuthorityName;
  readonly leaf: LeafSpec;
  /** Write a kubeconfig with this certificate for the component. */
  readonly kubeconfig?: true;
  readonly why: string;
}

/** Every certificate of the cluster: one holder, one purpose, and the groups that its duty needs. */
export function identities(link: Link): Readonly<Record<string, Identity>> {
  const client = (commonName: string, organization?: string): LeafSpec => ({
    commonName,
    ...(organization ? { organization } : {}),
    use: ["client"],
  });
  return {
    "etcd-server": {
      authority: "etcd-ca",
      leaf: { commonName: "etcd", use: ["server", "client"], dns: ["localhost"], ip: ["127.0.0.1"] },
      why: "serves clients and itself as its only peer, on loopback",
    },
    "etcd-client": {
      authority: "etcd-ca",
      leaf: client("kube-apiserver-etcd-client"),
      why: "the API server is the only client of the store",
    },
    apiserver: {
      authority: "ca",
      leaf: {
        commonName: "kube-apiserver",
        use: ["server"],
        dns: ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"],
        ip: [link.nodeIp, ranges.apiService],
      },
      why: "serves the API to the host and to pods",
    },
    "apiserver-kubelet-client": {
      authority: "ca",
      leaf: client("kube-apiserver-kubelet-client"),
      why: "logs and exec; bound to system:kubelet-api-admin and nothing else",
    },
    kubelet: {
      authority: "ca",
      leaf: {
        commonName: `system:node:${nodeName}`,
        organization: "system:nodes",
        use: ["server", "client"],
        dns: [nodeName],
        ip: [link.nodeIp],
      },
      kubeconfig: true,
      why: "the Node authorizer gives it what its own pods need",
    },
    "kube-controller-manager": {
      authority: "ca",
      leaf: client("system:kube-controller-manager"),
      kubeconfig: true,
      why: "bootstrap role of that name",
    },
    "kube-scheduler": {
      authority: "ca",
      leaf: client("system:kube-scheduler"),
      kubeconfig: true,
      why: "bootstrap role of that name",
    },
    "kube-proxy": {
      authority: "ca",
      leaf: client("system:kube-proxy"),
      kubeconfig: true,
      why: "bootstrap role system:node-proxier",
    },
    "kube-router": {
      authority: "ca",
      leaf: client("golive:kube-router"),
      kubeconfig: true,
      why: "reads pods, namespaces and NetworkPolicies; see addons/rbac.ts",
    },
    probe: {
      authority: "ca",
      leaf: client("golive:probe"),
      why: "the supervisor asks /readyz with it, as anonymous requests are off; no rights beyond health",
    },
    admin: {
      authority: "ca",
      leaf: client("golive:admin", "system:masters"),
      why: "the user's own kubeconfig",
    },
  };
}
