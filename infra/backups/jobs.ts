import type { PostgresRole } from "../postgres/cluster-spec.ts";
import type { StoreAccount } from "../storage/store-accounts.ts";

/** A key that a job may hold; `recipients` and `trusted` are public. */
export type KeyName = "recipients" | "trusted" | "signing" | "identity";

/** Names of the schedules in the configuration. */
export type ScheduleName = "backup" | "verify" | "prune" | "drill" | "drillPointInTime" | "monitor";

export interface BackupJob {
  /** Arguments of `golive-backup`; those of a template are replaced by what people ask for. */
  readonly args: readonly string[];
  /** Without one the CronJob never fires: it is the template of Jobs that people start. */
  readonly schedule?: ScheduleName;
  /** Row of the workload table: what it reaches. */
  readonly workload: "backup" | "backup-care" | "backup-drill" | "backup-drill-point-in-time";
  readonly image: "backup" | "backup-drill";
  /** Role in the database; absent: it does not log in. */
  readonly role?: Extract<PostgresRole, "backup" | "restore">;
  readonly account: StoreAccount;
  readonly keys: readonly KeyName[];
  /** Drills the archive of the write-ahead log, where there is one, as an account of its own (`point-in-time-drill.ts`). */
  readonly ofArchive?: true;
  /** Disk beside /tmp: of a restore or of a drill. */
  readonly scratch?: "restore" | "drill";
  /** Tells failures and recoveries to the channels. */
  readonly notifies: boolean;
  /** Time after which it is ended; longer than any run of it takes. */
  readonly minutes: number;
  /** Tries after the first: one for a hiccup, none where a failure is the answer. */
  readonly retries: 0 | 1;
}

/**
 * Every CronJob of the backups, with the rights and keys of its work and no others: who backs up cannot decrypt, who
 * prunes cannot write, who drills cannot reach the database. The times are in the configuration, one after the other.
 */
export const jobs = {
  backup: {
    args: ["run"],
    schedule: "backup",
    workload: "backup",
    image: "backup",
    role: "backup",
    account: "writer",
    keys: ["recipients", "signing", "trusted"],
    notifies: true,
    minutes: 360,
    retries: 1,
  },
  "backup-verify": {
    args: ["verify"],
    schedule: "verify",
    workload: "backup-care",
    image: "backup",
    account: "writer",
    keys: ["identity", "signing", "trusted"],
    notifies: true,
    minutes: 360,
    retries: 1,
  },
  "backup-prune": {
    // Nothing is deleted on a day without a good backup.
    args: ["prune", "--yes", "--after-success"],
    schedule: "prune",
    workload: "backup-care",
    image: "backup",
    account: "pruner",
    keys: ["trusted"],
    notifies: true,
    minutes: 60,
    retries: 1,
  },
  "backup-drill": {
    args: ["drill"],
    schedule: "drill",
    workload: "backup-drill",
    image: "backup-drill",
    account: "writer",
    keys: ["identity", "signing", "trusted"],
    scratch: "drill",
    // It is shut off: the monitor tells what the drill wrote down.
    notifies: false,
    minutes: 720,
    // A red drill is an answer, and another one takes as long.
    retries: 0,
  },
  "backup-drill-point-in-time": {
    args: ["drill", "--plane=point-in-time"],
    schedule: "drillPointInTime",
    workload: "backup-drill-point-in-time",
    image: "backup",
    // Looks into the recovered server, and asks the live one how far its archive is.
    role: "backup",
    account: "writer",
    keys: ["signing", "trusted"],
    ofArchive: true,
    // Like the other drill: the monitor tells what it wrote down.
    notifies: false,
    minutes: 720,
    retries: 0,
  },
  "backup-monitor": {
    args: ["monitor"],
    schedule: "monitor",
    workload: "backup",
    image: "backup",
    role: "backup",
    account: "reader",
    keys: ["trusted"],
    notifies: true,
    minutes: 10,
    retries: 0,
  },
  /** list, show */
  "backup-list": {
    args: ["list"],
    workload: "backup-care",
    image: "backup",
    account: "reader",
    keys: ["trusted"],
    notifies: false,
    minutes: 60,
    retries: 0,
  },
  /** hold, release, accept */
  "backup-hold": {
    args: ["hold"],
    workload: "backup-care",
    image: "backup",
    account: "writer",
    keys: ["signing", "trusted"],
    notifies: false,
    minutes: 60,
    retries: 0,
  },
  /** restore, undo, restore status: one safety backup, one restore and one swap, by one role */
  "backup-restore": {
    args: ["restore"],
    workload: "backup",
    image: "backup",
    role: "restore",
    account: "restorer",
    keys: ["identity", "recipients", "signing", "trusted"],
    scratch: "restore",
    notifies: false,
    minutes: 720,
    retries: 0,
  },
} as const satisfies Record<string, BackupJob>;

export type BackupJobName = keyof typeof jobs;
export const jobNames = Object.keys(jobs) as BackupJobName[];
/** Those of a stack that archives its write-ahead log, or does not. */
export const jobsOf = (archives: boolean): BackupJobName[] =>
  jobNames.filter((job) => archives || !("ofArchive" in jobs[job]));
/** Those that fire by the clock. */
export const scheduledJobs = (archives: boolean): BackupJobName[] =>
  jobsOf(archives).filter((job) => "schedule" in jobs[job]);

/** Never: a suspended CronJob has to have a schedule, and should it be resumed by mistake, this one is a leap day. */
export const templateSchedule = "0 0 29 2 *";
