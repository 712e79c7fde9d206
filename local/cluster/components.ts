import { nodeName } from "./identities.ts";
import { inside } from "./layout.ts";
import { type Link, ranges } from "./network.ts";

export const componentNames = [
  "etcd",
  "containerd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
  "kube-proxy",
  "kube-router",
] as const;
export type ComponentName = (typeof componentNames)[number];

/**
 * How the supervisor sees that a component serves: it listens on a TCP port or a socket, has made its packet rules, or (the
 * API server) says so itself.
 */
export type Ready =
  | { readonly port: number }
  | { readonly socket: string }
  | { readonly chain: string }
  | { readonly apiserver: true };

export interface Component {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly ready: Ready;
  /** Started when these are ready. */
  readonly after: readonly ComponentName[];
}

/**
 * Memory before speed, as the programs share a workstation: a lower GOGC halves the garbage that a heap keeps between two
 * collections, at a few percent more CPU.
 */
const thrifty = { GOGC: "50" };

export function components(link: Link): Readonly<Record<ComponentName, Component>> {
  return {
    etcd: {
      args: [
        "--name=local",
        `--data-dir=${inside.dir}/etcd`,
        "--listen-client-urls=https://127.0.0.1:2379",
        "--advertise-client-urls=https://127.0.0.1:2379",
        "--listen-peer-urls=https://127.0.0.1:2380",
        "--initial-advertise-peer-urls=https://127.0.0.1:2380",
        "--initial-cluster=local=https://127.0.0.1:2380",
        "--listen-metrics-urls=http://127.0.0.1:2381",
        "--client-cert-auth=true",
        `--trusted-ca-file=${inside.pki("etcd-ca.crt")}`,
        `--cert-file=${inside.pki("etcd-server.crt")}`,
        `--key-file=${inside.pki("etcd-server.key")}`,
        "--peer-client-cert-auth=true",
        `--peer-trusted-ca-file=${inside.pki("etcd-ca.crt")}`,
        `--peer-cert-file=${inside.pki("etcd-server.crt")}`,
        `--peer-key-file=${inside.pki("etcd-server.key")}`,
        "--log-level=warn",
      ],
      env: thrifty,
      ready: { port: 2379 },
      after: [],
    },
    containerd: {
      args: ["--config", inside.config("containerd.toml")],
      ready: { socket: inside.containerdSocket },
      after: [],
    },
    "kube-apiserver": {
      args: [
        `--bind-address=${link.nodeIp}`,
        `--advertise-address=${link.nodeIp}`,
        "--secure-port=6443",
        `--tls-cert-file=${inside.pki("apiserver.crt")}`,
        `--tls-private-key-file=${inside.pki("apiserver.key")}`,
        `--client-ca-file=${inside.pki("ca.crt")}`,
        "--anonymous-auth=false",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true", // Pod Security decides per namespace
        "--etcd-servers=https://127.0.0.1:2379",
        `--etcd-cafile=${inside.pki("etcd-ca.crt")}`,
        `--etcd-certfile=${inside.pki("etcd-client.crt")}`,
        `--etcd-keyfile=${inside.pki("etcd-client.key")}`,
        `--encryption-provider-config=${inside.config("encryption.yaml")}`,
        `--kubelet-certificate-authority=${inside.pki("ca.crt")}`,
        `--kubelet-client-certificate=${inside.pki("apiserver-kubelet-client.crt")}`,
        `--kubelet-client-key=${inside.pki("apiserver-kubelet-client.key")}`,
        "--kubelet-preferred-address-types=InternalIP",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        `--service-account-signing-key-file=${inside.pki("sa.key")}`,
        `--service-account-key-file=${inside.pki("sa.pub")}`,
        `--service-cluster-ip-range=${ranges.services}`,
        "--service-node-port-range=1024-32767", // services of this machine keep their well-known ports
        "--profiling=false",
        "--shutdown-send-retry-after=true",
      ],
      env: thrifty,
      ready: { apiserver: true },
      after: ["etcd"],
    },
    "kube-controller-manager": {
      args: [
        `--kubeconfig=${inside.kubeconfig("kube-controller-manager")}`,
        "--bind-address=127.0.0.1",
        "--leader-elect=false", // there is never a second one
        "--use-service-account-credentials=true",
        `--service-account-private-key-file=${inside.pki("sa.key")}`,
        `--root-ca-file=${inside.pki("ca.crt")}`,
        "--allocate-node-cidrs=true",
        `--cluster-cidr=${ranges.pods}`,
        "--node-cidr-mask-size=24",
        "--flex-volume-plugin-dir=/run/volume-plugins", // its default is a folder of the host
        // Without a signing key here nobody turns a request object into a certificate of this cluster.
        "--controllers=*,-certificatesigningrequest-signing-controller,-certificatesigningrequest-approving-controller",
        "--profiling=false",
      ],
      env: thrifty,
      ready: { port: 10257 },
      after: ["kube-apiserver"],
    },
    "kube-scheduler": {
      args: [
        `--kubeconfig=${inside.kubeconfig("kube-scheduler")}`,
        "--bind-address=127.0.0.1",
        "--leader-elect=false",
        "--profiling=false",
      ],
      env: thrifty,
      ready: { port: 10259 },
      after: ["kube-apiserver"],
    },
    kubelet: {
      args: [
        `--config=${inside.config("kubelet.yaml")}`,
        `--kubeconfig=${inside.kubeconfig("kubelet")}`,
        `--hostname-override=${nodeName}`,
        `--node-ip=${link.nodeIp}`,
        `--root-dir=${inside.dir}/kubelet`,
      ],
      ready: { port: 10248 },
      after: ["kube-apiserver", "containerd"],
    },
    "kube-proxy": {
      args: [`--config=${inside.config("kube-proxy.yaml")}`],
      env: thrifty,
      ready: { port: 10256 },
      after: ["kube-apiserver"],
    },
    "kube-router": {
      args: [
        `--kubeconfig=${inside.kubeconfig("kube-router")}`,
        // The toolchain builds its NetworkPolicy controller only.
        `--hostname-override=${nodeName}`,
        `--service-cluster-ip-range=${ranges.services}`,
        // kube-router lets pods reach every local port of this range past their policies, the API server's among them.
        // kube-proxy sends node ports on to pods before that rule is asked, so it need hold none of them; two is the fewest.
        "--service-node-port-range=32766-32767",
      ],
      env: thrifty,
      ready: { chain: "KUBE-ROUTER-FORWARD" },
      after: ["kube-apiserver", "kubelet"],
    },
  };
}
