import type { Limits } from "../config/monitor.ts";
import { judgeDrills } from "./drill-age.ts";
import { backupsOf, type Facts } from "./facts.ts";
import { beforeFirstBackup } from "./first-hours.ts";
import { gather, type MonitorWorld, newestOf } from "./gather.ts";
import { judgeIntegrity } from "./integrity.ts";
import { judgeLastRuns } from "./last-runs.ts";
import { judgePresence } from "./presence.ts";
import { judgeProvenAge } from "./proven-age.ts";
import { judgeSchedules } from "./schedules.ts";
import { judgeSize } from "./size-anomaly.ts";
import { judgeStorage } from "./storage.ts";
import { type Finding, fail, type State, unknown, worst } from "./verdict.ts";
import { judgeWal } from "./wal-plane.ts";

export interface HealthCheck {
  readonly about: string;
  /** Page of the runbooks that says what to do when it is not ok. */
  readonly runbook: string;
  /** Whether it is made for each database or once. */
  readonly of: "database" | "platform";
  /** Nothing found: the check does not apply here. */
  judge(facts: Facts, database: string, limits: Limits): readonly Finding[];
}

/** The seven health checks. Each looks at gathered facts only. */
export const healthChecks = {
  "proven-age": {
    about: "age of the newest backup that is proven, against the RPO",
    runbook: "backup-not-proven",
    of: "database",
    judge: (facts, database, limits) =>
      judgeProvenAge(backupsOf(entriesOf(facts), database), facts.now, limits, serverSince(facts)),
  },
  "last-runs": {
    about: "whether backups and their verification ran when they were due",
    runbook: "backup-missed",
    of: "database",
    judge: (facts, database, limits) => [
      ...judgeLastRuns(backupsOf(entriesOf(facts), database), facts.now, limits, serverSince(facts)),
      ...judgePresence(database, facts.wal),
      ...judgeSchedules(facts.schedules),
    ],
  },
  size: {
    about: "bytes and rows of the newest backup, against the median of the seven before it",
    runbook: "backup-size-dropped",
    of: "database",
    judge: (facts, database) => judgeSize(backupsOf(entriesOf(facts), database)),
  },
  integrity: {
    about: "signatures of all manifests, and the bytes of the newest backup",
    runbook: "backup-damaged",
    of: "database",
    judge: (facts, database) => judgeIntegrity(database, entriesOf(facts), facts.samples),
  },
  storage: {
    about: "reach, lock, space, clock and leftovers of each store",
    runbook: "backup-storage",
    of: "platform",
    judge: (facts, _database, limits) =>
      judgeStorage(facts.stores, newestOf(entriesOf(facts), facts.databases), limits),
  },
  drill: {
    about: "age and outcome of the last drill, and how long the restore took, against the RTO",
    runbook: "backup-drill",
    of: "database",
    judge: (facts, database, limits) => judgeDrills(backupsOf(entriesOf(facts), database), facts.now, limits),
  },
  wal: {
    about: "the server's WAL archiver and replication slots",
    runbook: "wal-archive-stale",
    of: "platform",
    judge: (facts, _database, limits) => judgeWal(facts.wal, facts.now, limits),
  },
} as const satisfies Record<string, HealthCheck>;

export type CheckName = keyof typeof healthChecks;

export interface CheckResult {
  readonly check: CheckName;
  /** Null for a check that is not made for each database. */
  readonly database: string | null;
  readonly state: State;
  /** Of the worst findings. */
  readonly message: string;
  /** Of the worst finding that has one. */
  readonly value: number | null;
  readonly limit: number | null;
  readonly runbook: string;
  readonly findings: readonly Finding[];
}

export interface HealthReport {
  readonly at: string;
  /** The worst of all checks. */
  readonly state: State;
  readonly checks: readonly CheckResult[];
}

/** Gathers and judges. @throws only when stopped by the world's signal. */
export async function runChecks(world: MonitorWorld): Promise<HealthReport> {
  return judge(await gather(world, { sample: world.config.limits.sampleBytes > 0 }), world.config.limits);
}

/** What the facts say; pure. */
export function judge(facts: Facts, limits: Limits): HealthReport {
  const checks = (Object.entries(healthChecks) as [CheckName, HealthCheck][]).flatMap(([check, of]) => {
    const subjects = of.of === "database" ? facts.databases : [null];
    return subjects.flatMap((database) => {
      const findings =
        of.of === "database" ? aboutBackups(of, facts, database ?? "", limits) : of.judge(facts, "", limits);
      return findings.length > 0 ? [resultOf(check, of, database, findings)] : [];
    });
  });
  const all = facts.databases.length > 0 ? checks : [nothingToWatch(facts, limits), ...checks];
  return { at: facts.now.toISOString(), state: worst(all.map(({ state }) => state)), checks: all };
}

/** With no database named and none in the store, silence would look like health. */
function nothingToWatch(facts: Facts, limits: Limits): CheckResult {
  const { catalogue, now } = facts;
  const finding =
    "problem" in catalogue
      ? unknown(`the backups cannot be listed: ${catalogue.problem}`)
      : (beforeFirstBackup(serverSince(facts), now, limits) ??
        fail("there is no backup of any database; name those that must have one in BACKUP_MONITOR_DATABASES"));
  return resultOf("proven-age", healthChecks["proven-age"], null, [finding]);
}

/** Without a catalogue nothing of a backup can be said, neither good nor bad. */
const aboutBackups = (of: HealthCheck, facts: Facts, database: string, limits: Limits): readonly Finding[] =>
  "problem" in facts.catalogue
    ? [unknown(`the backups cannot be listed: ${facts.catalogue.problem}`)]
    : of.judge(facts, database, limits);

const serverSince = ({ wal }: Facts) => (wal && "value" in wal ? wal.value.since : undefined);

const entriesOf = ({ catalogue }: Facts) => ("value" in catalogue ? catalogue.value : []);

function resultOf(
  check: CheckName,
  { runbook }: HealthCheck,
  database: string | null,
  findings: readonly Finding[],
): CheckResult {
  const state = worst(findings.map((finding) => finding.state));
  const worstOnes = findings.filter((finding) => finding.state === state);
  const measured = worstOnes.find(({ value }) => value !== undefined);
  return {
    check,
    database,
    state,
    message: worstOnes.map(({ message }) => message).join("; "),
    value: measured?.value ?? null,
    limit: measured?.limit ?? null,
    runbook,
    findings,
  };
}
