import { type Complete, standingOf } from "../catalogue/catalogue.ts";
import { totalRows } from "../catalogue/manifest.ts";
import type { Limits } from "../config/monitor.ts";
import { allDatabases } from "../notify/last-told.ts";
import { inputOf } from "../retention/input.ts";
import type { RetentionPolicy } from "../retention/policy.ts";
import { decide } from "../retention/retention.ts";
import type { HealthReport } from "./checks.ts";
import { drillsOf, type Plane } from "./drill-age.ts";
import { backupsOf, type Facts } from "./facts.ts";
import type { MetricName } from "./metric-table.ts";
import { lineOf, newestProven, newestScheduled, shownAt } from "./newest.ts";
import { sizeRatios } from "./size-anomaly.ts";
import { statusOf } from "./verdict.ts";

/** A number of a series, or the moment whose age is the number when it is asked for. */
export interface Sample {
  readonly metric: MetricName;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number | { readonly since: Date };
}

const seconds = (moment: Date | string | undefined): number =>
  moment === undefined ? 0 : new Date(moment).getTime() / 1000;

/**
 * What is known of the backups. Undefined when they could not be listed: then what was known last stays, because a monitor that is
 * blind for a while must not make a good backup look gone, nor an old one look new.
 */
export function backupSamples(
  facts: Facts,
  policy: RetentionPolicy,
  limits: Pick<Limits, "pointInTimeDrillSeconds">,
): Sample[] | undefined {
  if (!("value" in facts.catalogue)) return undefined;
  const entries = facts.catalogue.value;
  // Pruning counts by the store's clock, and waits while it is not ours: what is shown here must be what it does.
  const skew = (facts.stores[0]?.skewSeconds ?? 0) * 1000;
  const decisions = decide(entries.map(inputOf), policy, facts.now, new Date(facts.now.getTime() + skew));
  return facts.databases.flatMap((database): Sample[] => {
    const own = entries.filter((entry) => entry.database === database);
    const backups = backupsOf(entries, database);
    const of = (metric: MetricName, value: Sample["value"] | undefined, more: Record<string, string> = {}): Sample[] =>
      value === undefined ? [] : [{ metric, labels: { database, ...more }, value }];
    const decided = decisions.filter((decision) => decision.database === database);
    const states = Map.groupBy(own, ({ state }) => state);
    const proven = backups.filter((backup) => standingOf(backup).proven !== undefined).length;
    return [
      ...ages(backups, of),
      ...newestBackup(backups, of),
      ...(["complete", "incomplete", "damaged", "untrusted"] as const).flatMap((state) =>
        of("golive_backup_count", states.get(state)?.length ?? 0, { state }),
      ),
      ...of("golive_backup_count", proven, { state: "proven" }),
      ...of(
        "golive_backup_stored_bytes",
        own.reduce((sum, { bytes }) => sum + bytes, 0),
      ),
      ...of("golive_backup_retained", decided.filter(({ keep }) => keep).length),
      ...of("golive_backup_prunable", decided.filter(({ keep }) => !keep).length),
      ...of("golive_backup_prune_frozen", decided.some(({ frozen }) => frozen !== undefined) ? 1 : 0),
      ...drills(backups, of, limits),
    ];
  });
}

type Of = (metric: MetricName, value: Sample["value"] | undefined, more?: Record<string, string>) => Sample[];

function ages(backups: readonly Complete[], of: Of): Sample[] {
  const [newest] = lineOf(backups);
  const proven = newestProven(backups);
  const scheduled = newestScheduled(backups);
  const verified = backups
    .flatMap(({ records }) => records.filter(({ kind }) => kind === "verified"))
    .map(({ at }) => at);
  const since = (backup: Complete | undefined) => backup && { since: shownAt(backup) };
  const moment = (backup: Complete | undefined) => seconds(backup && shownAt(backup));
  return [
    ...of("golive_backup_last_success_timestamp_seconds", moment(newest)),
    ...of("golive_backup_last_proven_timestamp_seconds", moment(proven)),
    ...of("golive_backup_last_scheduled_timestamp_seconds", moment(scheduled)),
    ...of("golive_backup_last_verified_timestamp_seconds", seconds(verified.sort().at(-1))),
    ...of("golive_backup_age_seconds", since(newest)),
    ...of("golive_backup_rpo_seconds", since(proven)),
  ];
}

function newestBackup(backups: readonly Complete[], of: Of): Sample[] {
  const manifest = lineOf(backups)[0]?.manifest;
  if (manifest === undefined) return [];
  const ratio = sizeRatios(backups);
  return [
    ...of("golive_backup_bytes", manifest.dump.bytes),
    ...of("golive_backup_plain_bytes", manifest.dump.plain.bytes),
    ...of("golive_backup_rows", totalRows(manifest.tables)),
    ...of("golive_backup_bytes_ratio", ratio.bytes),
    ...of("golive_backup_rows_ratio", ratio.rows),
    ...of("golive_backup_duration_seconds", seconds(manifest.finished) - seconds(manifest.started)),
  ];
}

function drills(backups: readonly Complete[], of: Of, limits: Pick<Limits, "pointInTimeDrillSeconds">): Sample[] {
  return (["dump", "point-in-time"] as const satisfies Plane[]).flatMap((plane) => {
    const all = drillsOf(backups, plane);
    const passed = all.find(({ outcome }) => outcome === "passed");
    // A plane that was never drilled may not be there at all; dumps always are.
    if (all.length === 0 && plane !== "dump" && limits.pointInTimeDrillSeconds === undefined) return [];
    const red = all[0]?.outcome === "failed" && all[0].blame === "backup";
    return [
      ...of("golive_backup_drill_timestamp_seconds", seconds(passed?.at), { plane }),
      ...of("golive_backup_drill_red", red ? 1 : 0, { plane }),
      ...Object.entries(passed?.phases ?? {}).flatMap(([phase, took]) =>
        of("golive_backup_drill_rto_seconds", took, { plane, phase }),
      ),
    ];
  });
}

/** What people were told. Kept in the store, so that it is known as long as the backups are. */
export const toldSamples = (facts: Facts): Sample[] =>
  facts.told
    .filter(({ database }) => !isGone(database, facts))
    .flatMap(({ run: kind, database, state, undelivered }): Sample[] => [
      { metric: "golive_backup_run_failing", labels: { database, kind }, value: state === "failing" ? 1 : 0 },
      { metric: "golive_backup_undelivered_notifications", labels: { database, kind }, value: undelivered.length },
    ]);

/** No run will ever tell that a database is well again that nobody watches and the server does not have. */
function isGone(databases: string, { databases: watched, wal: server }: Facts): boolean {
  if (databases === allDatabases || server === undefined || "problem" in server) return false;
  return !databases.split(",").some((one) => watched.includes(one) || server.value.databases.includes(one));
}

/** What is known of everything else; as of the last look, whatever it saw. */
export function platformSamples(facts: Facts, { checks }: HealthReport, limits: Limits): Sample[] {
  const { graceSeconds } = limits;
  const { drill, ...runs } = limits.everySeconds;
  const drillPlanes = { dump: drill, "point-in-time": limits.pointInTimeDrillSeconds ?? drill } satisfies Record<
    Plane,
    number
  >;
  return [
    ...checks.map(
      ({ check, database, state }): Sample => ({
        metric: "golive_backup_check_status",
        labels: { database: database ?? "", check },
        value: statusOf[state],
      }),
    ),
    { metric: "golive_backup_rpo_objective_seconds", value: limits.rpoSeconds },
    { metric: "golive_backup_rto_objective_seconds", value: limits.rtoSeconds },
    ...Object.entries(runs).map(
      ([kind, every]): Sample => ({
        metric: "golive_backup_due_seconds",
        labels: { kind },
        value: every + graceSeconds,
      }),
    ),
    ...Object.entries(drillPlanes).map(
      ([plane, every]): Sample => ({
        metric: "golive_backup_drill_due_seconds",
        labels: { plane },
        value: every + graceSeconds,
      }),
    ),
    ...schedules(facts),
    ...stores(facts),
    ...wal(facts),
  ];
}

function schedules({ schedules: found }: Facts): Sample[] {
  if (found === undefined || "problem" in found) return [];
  return found.value.map(({ name: schedule, suspended }) => ({
    metric: "golive_backup_schedule_suspended",
    labels: { schedule },
    value: suspended === false ? 0 : 1,
  }));
}

function stores({ stores: all }: Facts): Sample[] {
  return all.flatMap(({ name: store, problem, skewSeconds, freeBytes, unfinished }) => {
    const of = (metric: MetricName, value: number | undefined): Sample[] =>
      value === undefined ? [] : [{ metric, labels: { store }, value }];
    return [
      ...of("golive_backup_store_up", problem === undefined ? 1 : 0),
      ...of("golive_backup_store_clock_skew_seconds", skewSeconds),
      ...of("golive_backup_store_free_bytes", freeBytes),
      ...of("golive_backup_store_unfinished_uploads", unfinished),
    ];
  });
}

function wal({ wal: found }: Facts): Sample[] {
  if (found === undefined || "problem" in found) return [];
  const { archiving, lastArchived, lastFailed, waitingSegments, slots, firstRecoverable } = found.value;
  const of = (metric: MetricName, value: number | undefined): Sample[] =>
    value === undefined ? [] : [{ metric, value }];
  const failing = lastFailed !== undefined && (lastArchived === undefined || lastFailed > lastArchived);
  const first = firstRecoverable && "value" in firstRecoverable ? firstRecoverable.value : undefined;
  return [
    ...(archiving
      ? [
          ...of("golive_backup_wal_archived_timestamp_seconds", seconds(lastArchived)),
          ...of("golive_backup_wal_waiting_segments", waitingSegments),
          ...of("golive_backup_wal_archiver_failing", failing ? 1 : 0),
          ...of("golive_backup_wal_first_recoverable_timestamp_seconds", first && seconds(first)),
        ]
      : []),
    ...slots.map(
      ({ name, bytes }): Sample => ({
        metric: "golive_backup_slot_retained_bytes",
        labels: { slot: name },
        value: bytes,
      }),
    ),
  ];
}
