import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { owned, standardLabels, unawaited } from "../metadata.ts";
import { type WorkloadName, workloads } from "../workloads.ts";
import { type Resources, resources, restrictedContainer, restrictedPod } from "./pod.ts";

type Container = k8s.types.input.core.v1.Container;

/** What a volume holds and where it is mounted. */
export interface Mount {
  /** Volume name, unique in the pod. */
  readonly name: string;
  readonly path: string;
  readonly source: Omit<k8s.types.input.core.v1.Volume, "name">;
  /** Folder of the volume instead of its root. */
  readonly subPath?: string;
  /** @default true; data and scratch volumes say false. */
  readonly readOnly?: boolean;
}

export interface ServerArgs {
  /** Row of the workload table: its namespace, labels and ports. */
  readonly workload: Exclude<WorkloadName, "postgres" | "postgres-recovery" | "postgres-drill" | "postgres-operator">;
  readonly namespace: pulumi.Input<string>;
  /** What the thing is to the platform; becomes the component label. */
  readonly component: string;
  readonly image: string;
  readonly args?: pulumi.Input<string>[];
  readonly command?: string[];
  readonly env?: Record<string, pulumi.Input<string> | k8s.types.input.core.v1.EnvVarSource>;
  readonly resources: Resources;
  readonly mounts?: readonly Mount[];
  readonly probes: Pick<Container, "startupProbe" | "livenessProbe" | "readinessProbe">;
  /** Ports of the Service; the others stay for probes and scrapes. */
  readonly servicePorts: readonly string[];
  /** Labels and annotations by which other programs know the Service. */
  readonly serviceMetadata?: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  /**
   * Pods. More than one means rolling updates that never go below that number, spread over nodes and zones.
   * One means Recreate: two processes on one volume corrupt it or die on its lock. @default 1
   */
  readonly replicas?: number;
  /** Seconds between SIGTERM and SIGKILL; longer than the program's own drain. @default 30 */
  readonly graceSeconds?: number;
  /** A change of it rolls the pods: seeds of secrets that the pod reads once. */
  readonly revision?: pulumi.Input<string>;
  /** API token for programs that call the Kubernetes API. @default false */
  readonly apiToken?: boolean;
}

/** One program that serves: service account, pods, Service, and a disruption budget when there is more than one pod. */
export class Server extends pulumi.ComponentResource {
  readonly service: k8s.core.v1.Service;
  readonly deployment: k8s.apps.v1.Deployment;
  readonly account: k8s.core.v1.ServiceAccount;

  constructor(name: string, args: ServerArgs, opts: pulumi.ComponentResourceOptions) {
    super("golive:server:Server", name, {}, opts);
    const own = { parent: this };
    const replicas = args.replicas ?? 1;
    const metadata = owned({
      name: args.workload,
      namespace: args.namespace,
      labels: standardLabels(args.workload, args.component),
    });

    this.account = new k8s.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata, automountServiceAccountToken: false },
      own,
    );
    this.deployment = new k8s.apps.v1.Deployment(
      `${name}-pods`,
      { metadata, spec: deploymentSpec(args, metadata.labels, this.account.metadata.name) },
      own,
    );
    this.service = new k8s.core.v1.Service(
      `${name}-service`,
      {
        metadata: {
          ...metadata,
          labels: { ...metadata.labels, ...args.serviceMetadata?.labels },
          annotations: { ...metadata.annotations, ...unawaited, ...args.serviceMetadata?.annotations },
        },
        spec: { selector: workloads[args.workload].selector, ports: servicePorts(args) },
      },
      { ...own, dependsOn: [this.deployment] },
    );
    if (replicas > 1)
      new k8s.policy.v1.PodDisruptionBudget(
        `${name}-budget`,
        { metadata, spec: { minAvailable: 1, selector: { matchLabels: workloads[args.workload].selector } } },
        own,
      );
    this.registerOutputs({ service: this.service.metadata.name });
  }
}

function deploymentSpec(
  args: ServerArgs,
  labels: Record<string, string>,
  serviceAccountName: pulumi.Input<string>,
): k8s.types.input.apps.v1.DeploymentSpec {
  const { workload, replicas = 1, graceSeconds = 30, mounts = [], apiToken = false, revision } = args;
  const selector = workloads[workload].selector;
  return {
    replicas,
    // A rollout that has not finished by then is reported as failed; the old pods keep serving.
    progressDeadlineSeconds: 300,
    revisionHistoryLimit: 3,
    selector: { matchLabels: selector },
    strategy:
      replicas > 1
        ? // All new pods at once beside the old ones: half the time of one after the other, and never fewer that serve.
          { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: "100%" } }
        : { type: "Recreate" },
    template: {
      metadata: { labels, ...(revision === undefined ? {} : { annotations: { "golive.dev/secrets": revision } }) },
      spec: restrictedPod({
        serviceAccountName,
        automountServiceAccountToken: apiToken,
        terminationGracePeriodSeconds: graceSeconds,
        containers: [serverContainer(args)],
        volumes: [...new Map(mounts.map((mount) => [mount.name, { name: mount.name, ...mount.source }])).values()],
        ...(replicas > 1 ? { topologySpreadConstraints: spread(selector) } : {}),
      }),
    },
  };
}

function serverContainer(args: ServerArgs): Container {
  const { workload, image, command, probes, mounts = [] } = args;
  return restrictedContainer({
    name: workload,
    image,
    ...(command ? { command } : {}),
    ...(args.args ? { args: args.args } : {}),
    env: environment(args.env ?? {}),
    ports: Object.entries(workloads[workload].ports).map(([port, containerPort]) => ({ name: port, containerPort })),
    resources: resources(args.resources),
    ...probes,
    volumeMounts: mounts.map((mount) => ({
      name: mount.name,
      mountPath: mount.path,
      readOnly: mount.readOnly ?? true,
      ...(mount.subPath === undefined ? {} : { subPath: mount.subPath }),
    })),
  });
}

/** Environment of a container: plain values and references to Secrets. */
export function environment(env: NonNullable<ServerArgs["env"]>): k8s.types.input.core.v1.EnvVar[] {
  return Object.entries(env).map(([name, value]) => (isSource(value) ? { name, valueFrom: value } : { name, value }));
}

function isSource(value: NonNullable<ServerArgs["env"]>[string]): value is k8s.types.input.core.v1.EnvVarSource {
  return typeof value === "object" && "secretKeyRef" in value;
}

function servicePorts({ workload, servicePorts: names }: ServerArgs): k8s.types.input.core.v1.ServicePort[] {
  const ports: Readonly<Record<string, number>> = workloads[workload].ports;
  return names.map((name) => {
    const port = ports[name];
    if (port === undefined) throw new pulumi.RunError(`workload "${workload}" has no port "${name}"`);
    return { name, port, targetPort: name };
  });
}

/** Over nodes and zones where there are several; a single node still takes all of them. */
function spread(matchLabels: Record<string, string>): k8s.types.input.core.v1.TopologySpreadConstraint[] {
  return ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels },
  }));
}
