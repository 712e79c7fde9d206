import type { types } from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";
import type { PlatformConfig } from "../config/schema.ts";
import type { PostgresConnection } from "../postgres/postgres.ts";
import { configFiles, ownVolume, scratch, secretFiles } from "../server/mounts.ts";
import { resources, restrictedContainer, restrictedPod } from "../server/pod.ts";
import { environment, type Mount } from "../server/server.ts";
import type { StoreAccount } from "../storage/store-accounts.ts";
import { type BackupSecrets, secretMounts } from "./backup-secrets.ts";
import { type Channels, channelsOf } from "./channels.ts";
import {
  type BackupStore,
  channelEnvironment,
  drillEnvironment,
  folders,
  invariantsEnvironment,
  keyEnvironment,
  monitorEnvironment,
  notifyEnvironment,
  postgresEnvironment,
  recoveryEnvironment,
  restoreEnvironment,
  retentionEnvironment,
  storeEnvironment,
} from "./environment.ts";
import type { BackupJob } from "./jobs.ts";
import type { PointInTimeDrill } from "./point-in-time-drill.ts";

/** What every pod of the backups is made of, whatever its job. */
export interface BackupPodArgs {
  readonly images: { readonly backup: string; readonly "backup-drill": string };
  readonly plan: PlatformConfig["backups"];
  /** Name of the environment in messages. */
  readonly environment: string;
  /** Start of the addresses of the runbooks' pages; undefined: messages have no link. */
  readonly runbooksUrl?: string | undefined;
  readonly postgres: PostgresConnection;
  readonly store: BackupStore;
  readonly secrets: BackupSecrets;
  readonly channels: Channels;
  readonly accounts: Readonly<Record<StoreAccount, Input<string>>>;
  /** The write-ahead log is archived, so the monitor looks at that too. */
  readonly walArchive: boolean;
  /** Of the drill of that archive; undefined where there is none. */
  readonly drill: PointInTimeDrill | undefined;
  /** ConfigMap with the application's truths about its data. */
  readonly invariants: Input<string>;
}

/** Of /tmp: programs of PostgreSQL write lists there, never data. */
const tmp = "64Mi";

/** A pod that runs one verb of the backup program and ends. Secrets are files; the root file system is read-only. */
export function backupPod(job: BackupJob, args: BackupPodArgs): types.input.core.v1.PodSpec {
  const { plan } = args;
  const mounts = podMounts(job, args);
  const own = job.ofArchive ? args.drill : undefined;
  return restrictedPod({
    serviceAccountName: own?.account ?? args.accounts[job.account],
    ...(own ? { automountServiceAccountToken: true } : {}),
    restartPolicy: "Never",
    // The program ends its child, its upload and its lock before it goes.
    terminationGracePeriodSeconds: 60,
    containers: [
      restrictedContainer({
        name: "backup",
        image: args.images[job.image],
        args: [...job.args],
        env: [...environment(jobEnvironment(job, args)), ...(own ? podIdentity : [])],
        resources: resources({
          cpu: "100m",
          memory: job.scratch === "drill" ? plan.drill.memory : plan.memory,
          disk: "256Mi",
        }),
        volumeMounts: mounts.map(({ name, path, readOnly = true }) => ({ name, mountPath: path, readOnly })),
      }),
    ],
    volumes: mounts.map(({ name, source }) => ({ name, ...source })),
  });
}

/** By which what the pod makes belongs to it. */
const podIdentity: types.input.core.v1.EnvVar[] = [
  { name: "BACKUP_POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
  { name: "BACKUP_POD_UID", valueFrom: { fieldRef: { fieldPath: "metadata.uid" } } },
];

const drills = ({ scratch: disk, ofArchive }: BackupJob): boolean => disk === "drill" || ofArchive === true;

function podMounts(job: BackupJob, { postgres, secrets, plan, channels, drill, invariants }: BackupPodArgs): Mount[] {
  const { role, scratch: disk } = job;
  return [
    ...(role
      ? [
          secretFiles("password", folders.password, postgres.secret(role), ["password"]),
          secretFiles("ca", folders.ca, postgres.caSecret, ["ca.crt"]),
        ]
      : []),
    ...(disk === "restore" ? [secretFiles("safety", folders.safety, postgres.secret("backup"), ["password"])] : []),
    ...(drills(job) ? [configFiles("invariants", folders.invariants, invariants)] : []),
    ...(job.ofArchive && drill ? [configFiles("recovery", folders.recovery, drill.cluster)] : []),
    ...secretMounts(secrets, { ...job, channels: channelsOf(channels, kindsOf(job)) }),
    ...(disk ? [ownVolume("scratch", folders.scratch, disk === "drill" ? plan.drill.storage : plan.scratch)] : []),
    scratch("tmp", "/tmp", tmp),
  ];
}

function jobEnvironment(job: BackupJob, args: BackupPodArgs): Record<string, string> {
  const { plan, postgres, store, channels } = args;
  const monitors = job.schedule === "monitor";
  return {
    ...(job.role ? postgresEnvironment(postgres, job.role) : {}),
    ...storeEnvironment(store),
    ...keyEnvironment(job.keys),
    // Whoever prunes, and whoever says what would be pruned.
    ...(job.scratch || job.ofArchive ? {} : retentionEnvironment(plan)),
    ...(monitors ? monitorEnvironment(plan, args.walArchive) : {}),
    ...(job.scratch === "drill" ? drillEnvironment(plan) : {}),
    ...(drills(job) ? invariantsEnvironment(postgres) : {}),
    ...(job.ofArchive ? recoveryEnvironment() : {}),
    ...(job.scratch === "restore" ? restoreEnvironment(plan) : {}),
    ...(job.notifies ? notifyEnvironment(plan, args.environment, args.runbooksUrl) : {}),
    ...channelEnvironment(channelsOf(channels, kindsOf(job))),
  };
}

const kindsOf = ({ notifies, schedule }: BackupJob) => [
  ...(notifies ? (["channel"] as const) : []),
  ...(schedule === "monitor" ? (["watcher"] as const) : []),
];
