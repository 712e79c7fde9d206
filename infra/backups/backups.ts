import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { invariants } from "../../services/gateway/database/invariants.ts";
import type { PlatformConfig } from "../config/schema.ts";
import { contentHash } from "../content-hash.ts";
import { owned, standardLabels } from "../metadata.ts";
import type { PostgresConnection } from "../postgres/postgres.ts";
import type { BackupKeys } from "../stack-secrets.ts";
import { type AccessKey, type StoreAccount, storeAccountNames } from "../storage/store-accounts.ts";
import { type BackupPodArgs, backupPod } from "./backup-pod.ts";
import { backupSecrets } from "./backup-secrets.ts";
import type { Channels } from "./channels.ts";
import type { BackupStore } from "./environment.ts";
import { type BackupJob, jobs, jobsOf, templateSchedule } from "./jobs.ts";
import { monitorServer } from "./monitor.ts";
import { drillAccount, pointInTimeDrill } from "./point-in-time-drill.ts";

export interface BackupsArgs {
  readonly namespace: pulumi.Input<string>;
  readonly images: BackupPodArgs["images"];
  /** Name of the environment in messages. */
  readonly environment: string;
  /** Start of the addresses of the runbooks' pages; undefined: messages have no link. */
  readonly runbooksUrl?: string | undefined;
  /** Schedules, retention, sizes, and who is told. */
  readonly plan: PlatformConfig["backups"];
  readonly postgres: PostgresConnection;
  readonly store: Omit<BackupStore, "keys">;
  readonly keys: BackupKeys;
  /** Key of each account of the store; undefined where pods have roles of their own. */
  readonly access: ((account: StoreAccount) => AccessKey<pulumi.Input<string>>) | undefined;
  readonly channels: Channels;
  /** The `Cluster` that a drill recovers from the archive of the write-ahead log; undefined where nothing is archived. */
  readonly drillCluster: Readonly<Record<string, unknown>> | undefined;
  readonly revision: pulumi.Input<string>;
}

/** Name of the service account whose pods act as an account of the store. */
export const serviceAccountOf = (account: StoreAccount): string => `backup-${account}`;

/** Service accounts that act as each account: those of the jobs, and those that have rights in the cluster as well. */
export const storeServiceAccounts = {
  writer: [serviceAccountOf("writer"), drillAccount],
  restorer: [serviceAccountOf("restorer")],
  reader: [serviceAccountOf("reader"), "backup-monitor"],
  pruner: [serviceAccountOf("pruner")],
} as const satisfies Record<StoreAccount, readonly string[]>;

/** The jobs of the backups by the clock, the templates that people's own jobs are made from, and the monitor. */
export class Backups extends pulumi.ComponentResource {
  readonly jobs: readonly k8s.batch.v1.CronJob[];

  constructor(name: string, args: BackupsArgs, opts: pulumi.ComponentResourceOptions) {
    const { plan, namespace, keys, access } = args;
    const { schedules, timeZone, retention } = plan;
    super("golive:backups:Backups", name, { schedules, timeZone, retention }, opts);
    const labels = standardLabels("backup", "backups");
    const accounts = Object.fromEntries(
      storeAccountNames.map((account) => [
        account,
        new k8s.core.v1.ServiceAccount(
          `${name}-account-${account}`,
          {
            metadata: owned({ name: serviceAccountOf(account), namespace, labels }),
            automountServiceAccountToken: false,
          },
          { parent: this },
        ).metadata.name,
      ]),
    ) as Record<StoreAccount, pulumi.Output<string>>;
    const secrets = backupSecrets(
      name,
      { ...args, ...plan, escrowRecipient: plan.escrowRecipient ?? keys.escrowRecipient },
      this,
    );
    const { drillCluster: cluster } = args;
    const pod = {
      ...args,
      accounts,
      secrets,
      store: { ...args.store, keys: access !== undefined },
      walArchive: cluster !== undefined,
      drill: cluster && pointInTimeDrill(`${name}-point-in-time-drill`, { namespace, cluster }, this),
      invariants: this.#invariants(name, namespace),
    };
    this.jobs = jobsOf(pod.walArchive).map((job) => {
      const row: BackupJob = jobs[job];
      return new k8s.batch.v1.CronJob(
        `${name}-${job}`,
        {
          metadata: owned({ name: job, namespace, labels: standardLabels(row.workload, "backups") }),
          spec: cronJobSpec(row, pod),
        },
        { parent: this },
      );
    });
    // It reads its files once: what changes them has to roll it.
    const given = contentHash({
      ...plan.notifications,
      trusted: plan.trustedSigners,
      told: Object.keys(args.channels),
      pages: args.runbooksUrl,
    });
    const revision = pulumi.interpolate`${args.revision}-${given}`;
    monitorServer(`${name}-monitor-server`, { ...pod, revision }, this);
    this.registerOutputs({ schedules, timeZone });
  }

  /** What drills ask of the application's data beside its rows; a file a truth. */
  #invariants(name: string, namespace: pulumi.Input<string>): pulumi.Output<string> {
    const metadata = owned({
      name: "backup-invariants",
      namespace,
      labels: standardLabels("backup-invariants", "backups"),
    });
    const files = Object.entries(invariants).map(([truth, sql]) => [`${truth}.sql`, `${sql}\n`]);
    const data = Object.fromEntries(files) as Record<string, string>;
    return new k8s.core.v1.ConfigMap(`${name}-invariants`, { metadata, data }, { parent: this }).metadata.name;
  }
}

function cronJobSpec(job: BackupJob, args: BackupPodArgs): k8s.types.input.batch.v1.CronJobSpec {
  const labels = standardLabels(job.workload, "backups");
  const { schedules, timeZone } = args.plan;
  return {
    schedule: job.schedule ? schedules[job.schedule] : templateSchedule,
    timeZone,
    suspend: job.schedule === undefined,
    // Two at once would double the load and halve the meaning; a late one is better than none.
    concurrencyPolicy: "Forbid",
    startingDeadlineSeconds: 3600,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 3,
    jobTemplate: {
      metadata: { labels },
      spec: {
        backoffLimit: job.retries,
        activeDeadlineSeconds: job.minutes * 60,
        // By then it was told and the next one has run: a failure of last week is no news.
        ttlSecondsAfterFinished: 24 * 3600,
        // A node that is drained ends the pod, not the job.
        podFailurePolicy: { rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] }] },
        template: { metadata: { labels }, spec: backupPod(job, args) },
      },
    },
  };
}
