import { containerPolicy, podPolicy } from "./resource.ts";

const hostFields = ["hostNetwork", "hostPID", "hostIPC"] as const;
const allowedVolumes = [
  "configMap",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
  "csi",
];
/** Kinds whose pods serve; jobs end by themselves and are not probed. */
const servers = ["Deployment", "StatefulSet", "DaemonSet"];

/** Pod Security "restricted", checked before the API server does, and the house rules on top. */
export const podPolicies = {
  nonRoot: containerPolicy("root in a container is root on the node, one kernel bug away", (container, { spec }) => {
    const effective = { ...spec.securityContext, ...container.securityContext };
    if (effective.runAsNonRoot !== true) return "may run as root: runAsNonRoot is not true";
    return effective.runAsUser === 0 ? "runs as user 0" : undefined;
  }),
  highUser: containerPolicy(
    "a user of the node with the same number could reach the pod's files",
    (container, { spec }) => {
      const { runAsUser } = { ...spec.securityContext, ...container.securityContext };
      return runAsUser === undefined || runAsUser >= 10_000 ? undefined : `runs as user ${runAsUser}, below 10000`;
    },
  ),
  noEscalation: containerPolicy("a setuid program must not give back what was taken", ({ securityContext }) =>
    securityContext?.allowPrivilegeEscalation === false && securityContext?.privileged !== true
      ? undefined
      : "may raise its privileges",
  ),
  noCapabilities: containerPolicy("no program here needs a right of root", ({ securityContext }) =>
    securityContext?.capabilities?.drop?.includes("ALL") && !securityContext.capabilities.add?.length
      ? undefined
      : "keeps capabilities",
  ),
  readOnlyRoot: containerPolicy("what cannot be written cannot be planted", ({ securityContext }) =>
    securityContext?.readOnlyRootFilesystem === true ? undefined : "can write to its root file system",
  ),
  seccomp: containerPolicy("rare system calls are where kernels break", (container, { spec }) => {
    const { type } = { ...spec.securityContext?.seccompProfile, ...container.securityContext?.seccompProfile };
    return type === "RuntimeDefault" || type === "Localhost" ? undefined : "has no seccomp profile";
  }),
  noHost: podPolicy("a pod stays in its own namespaces and off the node's disk and ports", ({ spec, containers }) => {
    const field = hostFields.find((name) => spec[name]);
    if (field) return `sets ${field}`;
    if (containers.some(({ ports = [] }) => ports.some((port: { hostPort?: number }) => port.hostPort)))
      return "takes a host port";
    const volume = (spec.volumes ?? []).find(
      (one: object) => !Object.keys(one).some((key) => allowedVolumes.includes(key)),
    );
    return volume ? `volume "${volume.name}" is of a kind that is not allowed` : undefined;
  }),
  memoryIsLimited: containerPolicy(
    "memory that is promised is memory that is there; a leak ends its own pod only",
    (container) => {
      const { requests, limits } = container.resources ?? {};
      return requests?.memory && requests.memory === limits?.memory
        ? undefined
        : "has no memory limit equal to its request";
    },
  ),
  cpuIsRequested: containerPolicy("without a request the scheduler sees an empty pod", (container) =>
    container.resources?.requests?.cpu ? undefined : "requests no CPU",
  ),
  serversAreProbed: containerPolicy(
    "traffic goes to what answers, and what hangs is started again",
    (container, { kind }) => {
      if (!servers.includes(kind)) return undefined;
      const missing = ["livenessProbe", "readinessProbe"].filter((probe) => !container[probe]);
      return missing.length > 0 ? `has no ${missing.join(" and no ")}` : undefined;
    },
  ),
  probesNameNoHost: containerPolicy("Pod Security refuses probes of other hosts", (container) =>
    ["startupProbe", "livenessProbe", "readinessProbe"].some((probe) => container[probe]?.httpGet?.host)
      ? "probes a host"
      : undefined,
  ),
  noApiToken: podPolicy("a token that is not there cannot be stolen", ({ spec }) =>
    spec.automountServiceAccountToken === false ? undefined : "mounts a token of the Kubernetes API",
  ),
  ownAccount: podPolicy("rights of the default account are everybody's", ({ spec }) =>
    spec.serviceAccountName && spec.serviceAccountName !== "default" ? undefined : "uses the default service account",
  ),
  noServiceLinks: podPolicy("addresses of other Services do not belong into the environment", ({ spec }) =>
    spec.enableServiceLinks === false ? undefined : "has service links",
  ),
} as const;
