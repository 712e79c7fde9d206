import { GoliveError } from "@golive/errors/golive-error.ts";
import { clusterName } from "@golive/infra/postgres/cluster-names.ts";
import type { Report } from "../core/local-api.ts";
import type { Step, World } from "../core/world.ts";
import type { Kube } from "../kube/kube.ts";

export interface ArchiverFacts {
  /** ISO 8601; undefined when nothing was ever archived. */
  readonly lastArchived: string | undefined;
  /** Name of that segment. */
  readonly segment: string;
  readonly lastError: string | undefined;
}

/** Rows of SQL on the current primary, as its superuser. Throws when no primary answers. */
export async function onPrimary(kube: Kube, namespace: string, statements: readonly string[]): Promise<string[]> {
  const label = `cnpg.io/cluster=${clusterName},cnpg.io/instanceRole=primary`;
  const primary = (await kube.pods({ namespace, label })).find(({ ready }) => ready);
  if (!primary)
    throw new GoliveError("DATABASE_UNREACHABLE", "no primary of the database is ready", "Run `golive status`.");
  const { exitCode, stdout, stderr } = await kube.exec({
    namespace,
    pod: primary.name,
    container: "postgres",
    command: ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", ...statements.flatMap((sql) => ["-c", sql])],
  });
  if (exitCode !== 0)
    throw new GoliveError("DATABASE_UNREACHABLE", `psql in ${primary.name}: ${stderr.trim()}`, "Run `golive status`.");
  return stdout.split("\n").filter((line) => line !== "");
}

export async function archiverFacts(kube: Kube, namespace: string): Promise<ArchiverFacts> {
  const [row = ""] = await onPrimary(kube, namespace, [
    `select to_char(last_archived_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), last_archived_wal,
            case when last_failed_time > coalesce(last_archived_time, '-infinity') then last_failed_wal end
       from pg_stat_archiver`,
  ]);
  const [time = "", segment = "", failed = ""] = row.split("|");
  return {
    lastArchived: time === "" ? undefined : time,
    segment,
    lastError: failed === "" ? undefined : `segment ${failed} was refused last`,
  };
}

const archiveLimitMs = 300_000;

/**
 * Sees to it that everything up to now is in the archive, with a commit behind it. Recovery to a moment goes on until it
 * meets a commit that is later; in a quiet database there may be none, and then it fails at the archive's end.
 */
async function archiveUpToNow(
  world: World,
  { kube, namespace }: { kube: Kube; namespace: string },
  at: Date,
  report: Report,
): Promise<string> {
  const until = world.clock.now().getTime() + archiveLimitMs;
  while (!(await isPast(kube, namespace, at))) {
    if (world.clock.now().getTime() > until)
      throw new GoliveError(
        "BACKUP_FAILED",
        `for the database ${at.toISOString()} is yet to come: its clock is behind`,
        "Set the clocks of the nodes, or name an earlier moment.",
      );
    report("waiting until the database's clock has passed the moment");
    await world.clock.wait(1000);
  }
  const rows = await onPrimary(kube, namespace, [
    // This very commit needs no standby's word, which may not be there.
    "set synchronous_commit = local",
    "select pg_current_xact_id()",
    "select pg_walfile_name(pg_switch_wal())",
  ]);
  const wanted = rows.at(-1) ?? "";
  for (;;) {
    const { segment, lastError } = await archiverFacts(kube, namespace);
    if (segment.slice(0, 24) >= wanted) return `up to ${wanted}`;
    if (world.clock.now().getTime() > until)
      throw new GoliveError(
        "BACKUP_FAILED",
        `the archive did not take segment ${wanted} within ${archiveLimitMs / 1000} s${lastError ? `: ${lastError}` : ""}`,
        "Run `golive logs postgres` and see what its container plugin-barman-cloud says.",
      );
    report(lastError ?? `waiting for segment ${wanted}`);
    await world.clock.wait(1000);
  }
}

/** The same as a step. With the database lost, what is in the archive is what there is. */
export function archiveStep(world: World, place: { kube: Kube; namespace: string }, at: () => Date): Step {
  return {
    title: "Bring the archive up to now",
    run: (report) =>
      archiveUpToNow(world, place, at(), report).catch((error: unknown) => {
        if ((error as GoliveError).code === "DATABASE_UNREACHABLE") return `left as it is: ${(error as Error).message}`;
        throw error;
      }),
  };
}

/** By the database's own clock: that is what its commits bear. */
async function isPast(kube: Kube, namespace: string, at: Date): Promise<boolean> {
  const [past] = await onPrimary(kube, namespace, [`select clock_timestamp() > '${at.toISOString()}'::timestamptz`]);
  return past === "t";
}
