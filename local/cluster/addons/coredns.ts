import { createHash } from "node:crypto";
import type { KubernetesObject } from "@kubernetes/client-node";
import { ranges } from "../network.ts";
import { binding, clusterRole } from "./rbac.ts";

const namespace = "kube-system";
const labels = { "k8s-app": "kube-dns" };

/**
 * Names outside the cluster are answered with "no such name" at once: the cluster has no way out of this machine, and a
 * resolver that waits for an upstream would turn every misspelt service into a time-out. Two server blocks, because within
 * one the order of plugins is compiled in, and there `template` would answer before `kubernetes` is asked.
 */
const corefile = `cluster.local:5353 in-addr.arpa:5353 ip6.arpa:5353 {
    errors
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        ttl 30
    }
    cache 30
    loadbalance
}
.:5353 {
    errors
    health :8080 {
        lameduck 3s
    }
    ready :8181
    template ANY ANY . {
        rcode NXDOMAIN
    }
}
`;

/** Cluster DNS at its well-known address. */
export function coredns(image: string): KubernetesObject[] {
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace, name: "coredns" } },
    clusterRole("golive:coredns", [
      { apiGroups: [""], resources: ["services", "pods", "namespaces"], verbs: ["list", "watch"] },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
    ]),
    binding("golive:coredns", "golive:coredns", `${namespace}/coredns`),
    { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, name: "coredns" }, data: { Corefile: corefile } },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { namespace, name: "kube-dns", labels },
      spec: {
        clusterIP: ranges.dns,
        selector: labels,
        ports: [
          { name: "dns", port: 53, protocol: "UDP", targetPort: 5353 },
          { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: 5353 },
        ],
      },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { namespace, name: "coredns", labels },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: {
            labels,
            // A changed file is a changed pod.
            annotations: { "golive/corefile": createHash("sha256").update(corefile).digest("hex").slice(0, 12) },
          },
          spec: {
            serviceAccountName: "coredns",
            priorityClassName: "system-cluster-critical",
            dnsPolicy: "Default",
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 10001,
              runAsGroup: 10001,
              seccompProfile: { type: "RuntimeDefault" },
            },
            containers: [
              {
                name: "coredns",
                image,
                imagePullPolicy: "IfNotPresent",
                args: ["-conf", "/etc/coredns/Corefile"],
                // A port above 1024, so that no capability is needed.
                ports: [
                  { name: "dns", containerPort: 5353, protocol: "UDP" },
                  { name: "dns-tcp", containerPort: 5353, protocol: "TCP" },
                ],
                resources: { requests: { cpu: "20m", memory: "24Mi" }, limits: { memory: "128Mi" } },
                readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 2 },
                livenessProbe: { httpGet: { path: "/health", port: 8080 }, initialDelaySeconds: 20, periodSeconds: 10 },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ["ALL"] },
                },
                volumeMounts: [{ name: "config", mountPath: "/etc/coredns", readOnly: true }],
              },
            ],
            volumes: [{ name: "config", configMap: { name: "coredns" } }],
          },
        },
      },
    },
  ] as KubernetesObject[];
}
