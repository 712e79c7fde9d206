import { longestPauseSeconds } from "../config/cron-pause.ts";
import { mebibytes } from "../config/quantities.ts";
import type { PlatformConfig } from "../config/schema.ts";
import type { PostgresRole } from "../postgres/cluster-spec.ts";
import type { PostgresConnection } from "../postgres/postgres.ts";
import { type ChannelSecret, channelSecrets } from "./channels.ts";
import type { KeyName } from "./jobs.ts";
import { clusterFile } from "./point-in-time-drill.ts";

/*
 * What the backup program reads from its environment (services/backup/config), a function a concern. Secrets are never
 * values here: a variable names the file that holds one.
 */

type Plan = PlatformConfig["backups"];
type Environment = Record<string, string>;

/** Where secrets and public keys are mounted. */
export const folders = {
  password: "/run/secrets/postgres",
  safety: "/run/secrets/postgres-safety",
  ca: "/run/secrets/postgres-ca",
  store: "/run/secrets/s3",
  identity: "/run/secrets/backup-identity",
  signing: "/run/secrets/backup-signing",
  channels: "/run/secrets/backup-channels",
  publicKeys: "/etc/backup-keys",
  scratch: "/scratch",
  invariants: "/invariants",
  recovery: "/etc/backup-recovery",
} as const;

/** Each key: its variable, its folder, its file. */
export const keyFiles = {
  recipients: { variable: "BACKUP_RECIPIENTS_FILE", folder: folders.publicKeys, file: "recipients.txt" },
  trusted: { variable: "BACKUP_TRUSTED_KEYS_FILE", folder: folders.publicKeys, file: "trusted.pem" },
  signing: { variable: "BACKUP_SIGNING_KEY_FILE", folder: folders.signing, file: "signing.pem" },
  identity: { variable: "BACKUP_IDENTITY_FILE", folder: folders.identity, file: "identity.txt" },
} as const satisfies Record<KeyName, { variable: string; folder: string; file: string }>;

/** Where backups are kept. */
export interface BackupStore {
  readonly bucket: string;
  readonly region: string;
  /** Address of a server that is not AWS. */
  readonly endpoint?: string;
  /** False: the pod has a role of its own, and no file with a key. */
  readonly keys: boolean;
}

export function storeEnvironment({ bucket, region, endpoint, keys }: BackupStore): Environment {
  return {
    ...(endpoint === undefined ? {} : { S3_ENDPOINT: endpoint }),
    S3_BUCKET: bucket,
    S3_REGION: region,
    ...(keys
      ? {
          S3_ACCESS_KEY_ID_FILE: `${folders.store}/access-key-id`,
          S3_SECRET_ACCESS_KEY_FILE: `${folders.store}/secret-access-key`,
        }
      : {}),
  };
}

export function postgresEnvironment({ host, port, database }: PostgresConnection, role: PostgresRole): Environment {
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGDATABASE: database,
    PGUSER: role,
    PGPASSWORD_FILE: `${folders.password}/password`,
    PGSSLROOTCERT: `${folders.ca}/ca.crt`,
  };
}

export function keyEnvironment(keys: readonly KeyName[]): Environment {
  return Object.fromEntries(
    keys.map((key) => [keyFiles[key].variable, `${keyFiles[key].folder}/${keyFiles[key].file}`]),
  );
}

/** What pruning keeps; whoever shows what would be pruned reads the same. */
export function retentionEnvironment({ retention }: Plan): Environment {
  return {
    BACKUP_KEEP_DAYS: String(retention.days),
    BACKUP_KEEP_PROVEN: String(retention.verified),
    BACKUP_KEEP_DAILY: String(retention.daily),
    BACKUP_KEEP_WEEKLY: String(retention.weekly),
    BACKUP_KEEP_MONTHLY: String(retention.monthly),
  };
}

/** What the monitor compares with: the schedules as they are, not as they are by default. */
export function monitorEnvironment(plan: Plan, walArchive: boolean): Environment {
  const every = (name: keyof Plan["schedules"]) => String(longestPauseSeconds(plan.schedules[name]));
  return {
    BACKUP_RPO_SECONDS: String(plan.rpoHours * 3600),
    BACKUP_RTO_SECONDS: String(plan.rtoMinutes * 60),
    BACKUP_EVERY_SECONDS: every("backup"),
    // A run that was missed on a weekday shows before the longest pause, that of a weekend, is over.
    BACKUP_SCHEDULE: plan.schedules.backup,
    BACKUP_SCHEDULE_TIME_ZONE: plan.timeZone,
    BACKUP_VERIFY_EVERY_SECONDS: every("verify"),
    BACKUP_DRILL_EVERY_SECONDS: every("drill"),
    BACKUP_MONITOR_LOCK_DAYS: String(plan.lock.days),
    ...(walArchive
      ? {
          // The server closes a segment of its log after five minutes at the latest; twice that is late.
          BACKUP_WAL_RPO_SECONDS: "600",
          BACKUP_POINT_IN_TIME_DRILL_EVERY_SECONDS: every("drillPointInTime"),
        }
      : {}),
    ...(plan.notifications.heartbeatFailSuffix === undefined
      ? {}
      : { BACKUP_HEARTBEAT_FAIL_SUFFIX: plan.notifications.heartbeatFailSuffix }),
  };
}

/** Those who are told; nothing when there is nobody. */
export function notifyEnvironment(
  { notifications }: Plan,
  environment: string,
  runbooksUrl: string | undefined,
): Environment {
  const { success, againHours, smtp, pagerdutyUrl } = notifications;
  return {
    BACKUP_ENVIRONMENT: environment,
    BACKUP_NOTIFY_SUCCESS: String(success),
    BACKUP_NOTIFY_AGAIN_HOURS: String(againHours),
    ...(runbooksUrl === undefined ? {} : { BACKUP_RUNBOOKS_URL: runbooksUrl }),
    ...(pagerdutyUrl === undefined ? {} : { BACKUP_PAGERDUTY_URL: pagerdutyUrl }),
    ...(smtp === undefined
      ? {}
      : {
          BACKUP_SMTP_HOST: smtp.host,
          BACKUP_SMTP_PORT: String(smtp.port),
          BACKUP_SMTP_TLS: smtp.port === 465 ? "implicit" : "starttls",
          ...(smtp.user === undefined ? {} : { BACKUP_SMTP_USER: smtp.user }),
          BACKUP_SMTP_FROM: smtp.from,
          BACKUP_SMTP_TO: smtp.to.join(","),
        }),
  };
}

export function channelEnvironment(channels: readonly ChannelSecret[]): Environment {
  return Object.fromEntries(
    channels.map((name) => [channelSecrets[name].variable, `${folders.channels}/${channelSecrets[name].file}`]),
  );
}

/** The backup before a restore is made by the role of every backup: it reads everything, and the one that restores need not. */
export function restoreEnvironment({ undoDays }: Plan): Environment {
  return {
    BACKUP_SCRATCH_FOLDER: folders.scratch,
    BACKUP_UNDO_DAYS: String(undoDays),
    BACKUP_SAFETY_PGUSER: "backup",
    BACKUP_SAFETY_PGPASSWORD_FILE: `${folders.safety}/password`,
  };
}

/** The application's truths are about its own database, and asked in both drills. */
export function invariantsEnvironment({ database }: Pick<PostgresConnection, "database">): Environment {
  return { BACKUP_INVARIANTS_FOLDER: folders.invariants, BACKUP_INVARIANTS_DATABASE: database };
}

export const recoveryEnvironment = (): Environment => ({
  BACKUP_RECOVERY_CLUSTER_FILE: `${folders.recovery}/${clusterFile}`,
});

/** Beside the throwaway server and Node, each process of pg_restore may take 128 MiB to build an index. */
export function drillEnvironment({ drill }: Plan): Environment {
  const processes = Math.floor((mebibytes(drill.memory) - 384) / 128);
  return { BACKUP_SCRATCH_FOLDER: folders.scratch, BACKUP_DRILL_JOBS: String(Math.min(Math.max(processes, 1), 4)) };
}
