/** Debian packages the cluster runs on, and what each is for. The toolchain installs what is missing. */
export const clusterPackages = [
  "containerd", // container runtime, with `ctr`
  "runc", // starts the containers
  "containernetworking-plugins", // bridge, host-local, portmap, loopback
  "iptables", // Services (kube-proxy) and NetworkPolicies (kube-router)
  "ipset", // NetworkPolicies
  "conntrack", // kube-proxy drops stale UDP flows with it
  "iproute2", // links and addresses
  "procps", // sysctl
  "tini", // pid 1 of the cluster
  "util-linux", // unshare, nsenter, setpriv, flock, mount
] as const;
