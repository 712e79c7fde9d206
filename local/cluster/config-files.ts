import { stringify } from "yaml";
import { nodeName } from "./identities.ts";
import { inside } from "./layout.ts";
import { type Link, ranges } from "./network.ts";
import type { KeyPair } from "./pki.ts";

/** kubelet's settings for a machine that belongs to its user, not to the cluster. */
export function kubeletConfig(name: string): string {
  return stringify({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    // Closed unless a certificate or a token says who asks; the API server decides what they may.
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: inside.pki("ca.crt") },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: inside.pki("kubelet.crt"),
    tlsPrivateKeyFile: inside.pki("kubelet.key"),
    containerRuntimeEndpoint: `unix://${inside.containerdSocket}`,
    clusterDomain: "cluster.local",
    clusterDNS: [ranges.dns],
    resolvConf: inside.config("resolv.conf"),
    podLogsDir: "/var/log/pods",
    volumePluginDir: "/run/volume-plugins",
    healthzBindAddress: "127.0.0.1",
    // cgroups: one root per cluster, so that two clusters never meet; v1 hosts are still served.
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${name}`,
    failCgroupV1: false,
    // Without CAP_SYS_RESOURCE scores cannot be lowered, and a user's swap is none of our business.
    oomScoreAdj: 0,
    failSwapOn: false,
    // The kernel settings that kubelet wants are shown to it by namespace.ts; the host's stay as they are.
    protectKernelDefaults: true,
    // Limits on what a pod writes beside its volumes hold here as they do in production; without it they cannot even be scheduled.
    localStorageCapacityIsolation: true,
    // There is no registry to pull from again: images must never be collected, however full the disk is.
    imageGCHighThresholdPercent: 100,
    imageMaximumGCAge: "0s",
    // Pods of a workstation are not evicted because a browser fills the disk; `doctor` warns instead.
    evictionHard: {
      "memory.available": "0%",
      "nodefs.available": "0%",
      "nodefs.inodesFree": "0%",
      "imagefs.available": "0%",
    },
    maxPods: 110,
    registerNode: true,
    serializeImagePulls: false,
    enableDebuggingHandlers: true, // logs and exec
    containerLogMaxSize: "5Mi",
    containerLogMaxFiles: 2,
    nodeStatusUpdateFrequency: "10s",
    shutdownGracePeriod: "0s", // that way of stopping needs logind; stop.ts does it
  });
}

/** The pause image under a name that never changes, so that a new build of it does not change containerd's configuration. */
export const sandboxImage = "localhost/golive/pause:sandbox";

/** containerd 1.6 (version 2 of its file), on folders of its own. */
export function containerdConfig(): string {
  return `version = 2
root = "${inside.dir}/containerd"
state = "/run/containerd"
# Snapshotters that need a device or a module, the /opt folder and Windows differs: nothing here uses them.
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.opt", "io.containerd.tracing.processor.v1.otlp",
  "io.containerd.internal.v1.tracing",
]

[grpc]
address = "${inside.containerdSocket}"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${sandboxImage}"
# Scores below the one we were started with are refused without CAP_SYS_RESOURCE.
restrict_oom_score_adj = true
# Profiles would be loaded into the host's kernel and stay there.
disable_apparmor = true
enable_selinux = false

[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "overlayfs"
default_runtime_name = "runc"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "${inside.dir}/config/cni"
`;
}

/** Pods on one bridge. Leases lie in /run: after a start every pod is new, and an old lease would only leak its address. */
export function cniConfig(): string {
  return JSON.stringify(
    {
      cniVersion: "0.4.0",
      name: "golive",
      plugins: [
        {
          type: "bridge",
          bridge: "cni0",
          isGateway: true,
          ipMasq: true,
          hairpinMode: true,
          ipam: {
            type: "host-local",
            dataDir: "/run/cni",
            ranges: [[{ subnet: ranges.pods }]],
            routes: [{ dst: "0.0.0.0/0" }],
          },
        },
        { type: "portmap", capabilities: { portMappings: true } },
      ],
    },
    undefined,
    1,
  );
}

export function kubeProxyConfig(): string {
  return stringify({
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    // Named, as its default is about to change.
    mode: "iptables",
    hostnameOverride: nodeName,
    clusterCIDR: ranges.pods,
    clientConnection: { kubeconfig: inside.kubeconfig("kube-proxy") },
    healthzBindAddress: "127.0.0.1:10256",
    metricsBindAddress: "127.0.0.1:10249",
    // The table's size is the host's to set.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
    nodePortAddresses: ["primary"], // published ports come in through the link
    iptables: { localhostNodePorts: false },
  });
}

/** Secrets are written to etcd encrypted; `identity` only reads what was written before there was a key. */
export function encryptionConfig(key: string): string {
  return stringify({
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "EncryptionConfiguration",
    resources: [
      {
        resources: ["secrets"],
        providers: [{ secretbox: { keys: [{ name: "key1", secret: key }] } }, { identity: {} }],
      },
    ],
  });
}

/** A kubeconfig that carries its keys, so that it can be copied and does not care where the cluster's folder is. */
export function kubeconfig(name: string, user: string, link: Link, ca: string, pair: KeyPair): string {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  return stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        { name, cluster: { server: `https://${link.nodeIp}:6443`, "certificate-authority-data": base64(ca) } },
      ],
      users: [
        { name: user, user: { "client-certificate-data": base64(pair.cert), "client-key-data": base64(pair.key) } },
      ],
      contexts: [{ name, context: { cluster: name, user } }],
      "current-context": name,
    },
    { lineWidth: 0 },
  );
}
