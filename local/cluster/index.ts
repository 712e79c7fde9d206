/** Kubernetes embedded in this machine: one node, in network, mount and pid namespaces of its own. */
export type { Phase } from "./control.ts";
export { importImage, listImages } from "./images.ts";
export { layout } from "./layout.ts";
export { linkFor, noProxyFor } from "./network.ts";
export { clusterPackages } from "./packages.ts";
export type { PublishedPort } from "./ports.ts";
export { type Finding, preflight } from "./preflight.ts";
export { type Cluster, startCluster } from "./start.ts";
export { type ClusterStatus, clusterStatus, publishPorts } from "./status.ts";
export { deleteCluster, stopCluster } from "./stop.ts";
