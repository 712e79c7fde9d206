import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { bytesOf } from "../config/quantities.ts";
import { owned, standardLabels } from "../metadata.ts";
import { serviceHost } from "../names.ts";
import { publishedUrls } from "../ports.ts";
import { data, scratch, secretFiles } from "../server/mounts.ts";
import { Server, type ServerArgs } from "../server/server.ts";
import { dataVolume } from "../server/volume.ts";
import { workloads } from "../workloads.ts";
import { dsnSecret } from "./dsn-secret.ts";
import { dsn, type TrackerProject } from "./projects.ts";
import { keyOf, type TrackerSecrets, trackerSecretNames } from "./tracker-secrets.ts";

export interface ErrorsArgs {
  readonly namespace: pulumi.Input<string>;
  /** Name of that namespace as DNS has it. */
  readonly namespaceName: string;
  /** Where the services are that send errors: their pods read the DSNs from a Secret there. */
  readonly senders: pulumi.Input<string>;
  readonly image: string;
  readonly storage: string;
  readonly memory: string;
  readonly secrets: TrackerSecrets;
  readonly revision: pulumi.Input<string>;
  readonly protect: boolean;
}

/** Who people log in as; the tracker wants the form of an e-mail address, and writes to nobody. */
export const trackerAccount = "admin@golive.local";

/** Bugsink: takes what Sentry's SDKs send, groups it into issues, shows them, and gives them out over REST. */
export class Errors extends pulumi.ComponentResource {
  /** Secret in the senders' namespace: `backend-dsn` for pods, `frontend-dsn` for browsers on this machine. */
  readonly dsnSecret: pulumi.Output<string>;

  constructor(name: string, args: ErrorsArgs, opts: pulumi.ComponentResourceOptions) {
    const { namespace, namespaceName, storage, memory, secrets, protect } = args;
    super("golive:errors:Errors", name, { storage, memory }, opts);
    const access = new k8s.core.v1.Secret(
      `${name}-access`,
      {
        metadata: owned({ name: "bugsink-access", namespace, labels: standardLabels("bugsink", "errors") }),
        stringData: { ...secrets },
      },
      { parent: this },
    );
    const volume = dataVolume(
      `${name}-data`,
      { namespace, name: "bugsink", component: "errors", storage, protect },
      this,
    );
    const server = new Server(`${name}-bugsink`, serverArgs(args, access, volume), { parent: this });
    const origins = {
      backend: `http://${serviceHost("bugsink", namespaceName)}:${workloads.bugsink.ports.http}`,
      frontend: publishedUrls().bugsink,
    } as const satisfies Record<TrackerProject, string>;
    const dsns = Object.entries(origins).map(([project, origin]) => [
      project,
      keyOf(secrets, project as TrackerProject).apply((key) => dsn(origin, key, project as TrackerProject)),
    ]);
    const senders = dsnSecret(
      `${name}-dsns`,
      { namespace: args.senders, dsns: Object.fromEntries(dsns) },
      { parent: this },
    );
    this.dsnSecret = pulumi.all([senders.metadata.name, server.service.id]).apply(([secretName]) => secretName);
    this.registerOutputs({ dsnSecret: this.dsnSecret });
  }
}

function serverArgs(
  args: ErrorsArgs,
  access: k8s.core.v1.Secret,
  volume: k8s.core.v1.PersistentVolumeClaim,
): ServerArgs {
  const health = { httpGet: { path: "/health/ready", port: "http" } };
  return {
    workload: "bugsink",
    namespace: args.namespace,
    component: "errors",
    image: args.image,
    env: {
      PORT: String(workloads.bugsink.ports.http),
      // What its pages link to. People reach it on the loopback address, by the published port or a port-forward.
      BASE_URL: publishedUrls().bugsink,
      DATA_DIR: "/data",
      ACCESS_DIR: "/run/secrets/bugsink",
      ADMIN_EMAIL: trackerAccount,
      RETENTION_EVENTS: String(retentionEvents(args.storage)),
    },
    resources: { cpu: "50m", memory: args.memory },
    mounts: [
      secretFiles("access", "/run/secrets/bugsink", access.metadata.name, trackerSecretNames),
      data("data", "/data", volume.metadata.name),
      scratch("tmp", "/tmp", "64Mi"),
    ],
    probes: {
      // The first start makes the database: some hundred migrations.
      startupProbe: { ...health, periodSeconds: 2, failureThreshold: 150 },
      livenessProbe: { ...health, periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 6 },
      readinessProbe: { ...health, periodSeconds: 5, timeoutSeconds: 5 },
    },
    servicePorts: ["http"],
    revision: args.revision,
  };
}

/** Upper end of what an event of a service takes with its tags and indexes; one without context takes 8 KiB. */
const eventBytes = 50_000;

/** How many events half of a volume holds; the other half is for the database's own log, and for source maps. */
export function retentionEvents(storage: string): number {
  return Math.max(100, Math.floor((bytesOf(storage) ?? 0) / 2 / eventBytes));
}
