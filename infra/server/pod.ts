import type { types } from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";

type Container = types.input.core.v1.Container;
type PodSpec = types.input.core.v1.PodSpec;

/** User of every image of the platform; PostgreSQL's own images have 26. */
export const platformUser = 10001;

/** CPU is a request only (a limit throttles bursts); memory is request and limit, so that a pod is never surprised. */
export interface Resources {
  readonly cpu: string;
  readonly memory: string;
  /** Most that the container and its empty folders may take of the node's disk; above it the pod is evicted. */
  readonly disk?: string;
}

/** What a pod of ours writes without being asked to: logs, mostly. */
const littleDisk = "64Mi";

export function resources({ cpu, memory, disk }: Resources): types.input.core.v1.ResourceRequirements {
  const own = (most: string | undefined) => (disk === undefined ? {} : { "ephemeral-storage": most ?? disk });
  return { requests: { cpu, memory, ...own(littleDisk) }, limits: { memory, ...own(disk) } };
}

/** A container under Pod Security "restricted", with a root file system nobody can write to. */
export function restrictedContainer(container: Container & { name: string; image: Input<string> }): Container {
  return {
    // Tags carry the hash of what was built, digests are fixed: a present image is the right one.
    imagePullPolicy: "IfNotPresent",
    ...container,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ["ALL"] },
      seccompProfile: { type: "RuntimeDefault" },
    },
  };
}

/** A pod that meets "restricted", has no API token and no environment of other Services. */
export function restrictedPod(spec: PodSpec): PodSpec {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...spec,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: platformUser,
      runAsGroup: platformUser,
      fsGroup: platformUser,
      // Large volumes are not walked at every start.
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
    },
  };
}
