import { createHash } from "node:crypto";
import type { KubernetesObject } from "@kubernetes/client-node";
import { stringify } from "yaml";
import { inside } from "../layout.ts";
import { binding, clusterRole } from "./rbac.ts";

const namespace = "local-path-storage";
const account = "local-path-provisioner-service-account";
const labels = { app: "local-path-provisioner" };
export const storageClass = "local-path";

/** Volumes as folders of the cluster's own folder: gone with it, kept without it. */
export function localPath(image: string, helperImage: string): KubernetesObject[] {
  const config = {
    "config.json": JSON.stringify({
      nodePathMap: [{ node: "DEFAULT_PATH_FOR_NON_LISTED_NODES", paths: [inside.volumes] }],
    }),
    // 0777: the container's user is not known here, and the folder above lets nobody else in.
    setup: '#!/bin/sh\nset -eu\nmkdir -m 0777 -p "$VOL_DIR"\n',
    teardown: '#!/bin/sh\nset -eu\nrm -rf "$VOL_DIR"\n',
    "helperPod.yaml": stringify({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "helper-pod" },
      spec: {
        priorityClassName: "system-node-critical",
        // Root without its powers, except the ones to make, open and remove folders of any owner.
        containers: [
          {
            name: "helper-pod",
            image: helperImage,
            imagePullPolicy: "IfNotPresent",
            securityContext: {
              runAsUser: 0,
              allowPrivilegeEscalation: false,
              capabilities: { drop: ["ALL"], add: ["DAC_OVERRIDE", "FOWNER"] },
              seccompProfile: { type: "RuntimeDefault" },
            },
          },
        ],
      },
    }),
  };
  return [
    {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name: namespace,
        labels: { "pod-security.kubernetes.io/enforce": "privileged" },
        annotations: {
          "golive/pod-security-reason":
            "helper pods make and remove the volumes' folders: a hostPath mount, as root of the node",
        },
      },
    },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace, name: account } },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { namespace, name: "local-path-provisioner" },
      rules: [
        {
          apiGroups: [""],
          resources: ["pods"],
          verbs: ["get", "list", "watch", "create", "patch", "update", "delete"],
        },
      ],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { namespace, name: "local-path-provisioner" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "local-path-provisioner" },
      subjects: [{ kind: "ServiceAccount", namespace, name: account }],
    },
    clusterRole("golive:local-path-provisioner", [
      {
        apiGroups: [""],
        resources: ["nodes", "persistentvolumeclaims", "configmaps", "pods", "pods/log"],
        verbs: ["get", "list", "watch"],
      },
      {
        apiGroups: [""],
        resources: ["persistentvolumes"],
        verbs: ["get", "list", "watch", "create", "patch", "update", "delete"],
      },
      { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
      { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: ["get", "list", "watch"] },
    ]),
    binding("golive:local-path-provisioner", "golive:local-path-provisioner", `${namespace}/${account}`),
    { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, name: "local-path-config" }, data: config },
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: storageClass, annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      provisioner: "rancher.io/local-path",
      // Bound when the pod is placed, so that its events tell why a volume is missing.
      volumeBindingMode: "WaitForFirstConsumer",
      reclaimPolicy: "Delete",
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { namespace, name: "local-path-provisioner", labels },
      spec: {
        replicas: 1,
        strategy: { type: "Recreate" },
        selector: { matchLabels: labels },
        template: {
          metadata: {
            labels,
            annotations: {
              "golive/config": createHash("sha256").update(JSON.stringify(config)).digest("hex").slice(0, 12),
            },
          },
          spec: {
            serviceAccountName: account,
            priorityClassName: "system-cluster-critical",
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 10001,
              runAsGroup: 10001,
              seccompProfile: { type: "RuntimeDefault" },
            },
            containers: [
              {
                name: "local-path-provisioner",
                image,
                imagePullPolicy: "IfNotPresent",
                args: [
                  "start",
                  "--config=/etc/config/config.json",
                  `--helper-image=${helperImage}`,
                  `--service-account-name=${account}`,
                  `--namespace=${namespace}`,
                ],
                env: [
                  { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
                  { name: "CONFIG_MOUNT_PATH", value: "/etc/config/" },
                ],
                resources: { requests: { cpu: "10m", memory: "24Mi" }, limits: { memory: "128Mi" } },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ["ALL"] },
                },
                volumeMounts: [{ name: "config", mountPath: "/etc/config/", readOnly: true }],
              },
            ],
            volumes: [{ name: "config", configMap: { name: "local-path-config" } }],
          },
        },
      },
    },
  ] as KubernetesObject[];
}
