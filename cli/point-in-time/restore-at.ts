import { hostname } from "node:os";
import { join } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { clusterName } from "@golive/infra/postgres/cluster-names.ts";
import { beforeDocument, documentOf, runBackupJob } from "../backup/job.ts";
import { consent } from "../core/consent.ts";
import type { Step, World } from "../core/world.ts";
import type { KubeObject } from "../kube/kube.ts";
import { kubeconfigOf } from "../stack/env.ts";
import { lockStack } from "../stack/lock.ts";
import { checkContext } from "../stack/prepare.ts";
import type { Settings } from "../stack/settings.ts";
import { readBaseBackups } from "./base-backups.ts";
import { archiveStep } from "./live-database.ts";
import { readMoment } from "./moment.ts";
import { type Place, removeLeftovers, removeRecovery, startRecovery, waitRecovered } from "./recovery-cluster.ts";

export interface RestoreToTime {
  /** As people write it. */
  readonly at: string;
  /** @default the application's */
  readonly database?: string;
  readonly replace: boolean;
  readonly into?: string;
  /** Do not ask. */
  readonly yes: boolean;
  /** Further flags of the restore, such as `--no-owner`. @default none */
  readonly how?: readonly string[];
}

export interface RestoredToTime {
  readonly exit: number;
  readonly text: string;
  readonly json: { readonly at: string; readonly backup: string; readonly into: string | null };
}

/**
 * Takes a database back to a moment: the whole server is recovered from the archive beside the live one, the database is
 * dumped from there like for any backup, and that backup is restored by the steps of every restore: compared, swapped in,
 * undoable. The recovered server is taken away, whatever happens.
 */
export async function restoreToTime(world: World, settings: Settings, options: RestoreToTime): Promise<RestoredToTime> {
  const at = readMoment(options.at);
  checkTarget(options);
  if (options.replace)
    await consent(
      world,
      { yes: options.yes },
      `Take ${options.database ?? "the application's database"} of stack ${settings.stack} back to ${at.toISOString()}?`,
      `golive restore --at ${options.at} --replace --yes`,
    );
  await checkContext(world, settings);
  const kube = await world.kube({ kubeconfig: await kubeconfigOf(world, settings), context: settings.target.context });
  const place: Place = { kube, namespace: `${settings.config.namespacePrefix}-app`, host: hostname() };
  const lock = lockStack(join(settings.folder, "restore-at.lock"), "restore --at", world.clock.now());
  try {
    const backup = await dumpAt(world, settings, place, at, options.database);
    const said = await restoreDump(world, settings, backup, options);
    return { exit: 0, text: said.join("\n"), json: { at: at.toISOString(), backup, into: options.into ?? null } };
  } finally {
    lock.release();
  }
}

function checkTarget({ replace, into }: RestoreToTime): void {
  if (replace !== (into === undefined))
    throw new GoliveError(
      "USAGE",
      replace ? "--into and --replace are given together" : "it is not said where to restore",
      "Say --into <database> for a new database, or --replace to take the live one's place.",
    );
}

/** A backup of the database as it was at `at`, in the one catalogue; its id. */
async function dumpAt(
  world: World,
  settings: Settings,
  place: Place,
  at: Date,
  database: string | undefined,
): Promise<string> {
  const { kube, namespace } = place;
  let live: KubeObject | undefined;
  let recovery: string | undefined;
  let backup = "";
  const steps: Step[] = [
    {
      title: `Look whether ${at.toISOString()} can be had back`,
      run: async () => {
        live = await kube.object("cluster", namespace, clusterName);
        return checkRecoverable(at, await readBaseBackups(kube, namespace), world.clock.now());
      },
    },
    archiveStep(world, place, () => at),
    {
      title: "Take away what an earlier restore has left",
      run: async (report) => {
        const count = await removeLeftovers(world, place, report);
        return count === 0 ? "nothing" : `${count} deleted`;
      },
    },
    {
      title: "Recover a server beside the live one",
      run: async (report) => {
        recovery = await startRecovery(place, live as KubeObject, at);
        return await waitRecovered(world, place, recovery, report);
      },
    },
    {
      title: "Back up what was recovered",
      run: async (report) => {
        const { lines } = await runBackupJob(world, settings, {
          cronJob: "backup",
          args: ["run", "--reason=point-in-time", ...(database ? [`--database=${database}`] : []), "--json"],
          // Its certificate is of the same authority as the live server's.
          env: { PGHOST: `${recovery}-rw` },
          onLine: beforeDocument(report),
        });
        backup = String((documentOf(lines) as { id?: string }).id ?? "");
        if (backup === "") throw new GoliveError("INTERNAL", "the backup's job names no id", "Run it with --debug.");
        return backup;
      },
    },
  ];
  try {
    await world.steps(steps);
  } finally {
    await world.steps([
      {
        title: "Take the recovered server away",
        evenWhenAborted: true,
        skip: () => (recovery === undefined ? "there is none" : false),
        run: async () => {
          await removeRecovery(world, place, recovery as string);
          return undefined;
        },
      },
    ]);
  }
  return backup;
}

/** BACKUP_NOT_FOUND with the window, when the moment is not in it. */
export function checkRecoverable(
  at: Date,
  found: Awaited<ReturnType<typeof readBaseBackups>>,
  now: Date,
): string | undefined {
  const refuse = (message: string, hint: string) => new GoliveError("BACKUP_NOT_FOUND", message, hint);
  if (!found)
    throw refuse(
      "this stack archives no write-ahead log, so no moment can be had back",
      "Set golive:postgres.pointInTime.enabled; `golive restore latest` restores the newest dump.",
    );
  const { firstRecoverable, lastArchived } = found;
  if (firstRecoverable === undefined)
    throw refuse(
      "no base backup is done yet, so no moment can be had back",
      "Wait for the first one: `golive backup list` shows it.",
    );
  if (at.getTime() < Date.parse(firstRecoverable))
    throw refuse(
      `${at.toISOString()} is before ${firstRecoverable}, the first moment that can be had back`,
      "Name a later one, or restore the newest dump before it: `golive restore --before <time>`.",
    );
  if (at.getTime() > now.getTime())
    throw refuse(`${at.toISOString()} has not come yet: it is ${now.toISOString()}`, "Name a moment of the past.");
  return `from ${firstRecoverable}, archived until ${lastArchived ?? "an unknown time"}`;
}

/** What was recovered is a backup now: nobody has to recover it a second time because a flag was missing. */
function goingOnFrom(backup: string, error: unknown): unknown {
  if (!(error instanceof GoliveError)) return error;
  const { code, message, hint } = error;
  const on = `The moment is kept as backup ${backup}: \`golive restore ${backup}\` goes on from there.`;
  return new GoliveError(code, message, [hint, on].filter(Boolean).join(" "), { cause: error });
}

/** The ordinary restore of a backup; what its job printed as its result. */
async function restoreDump(
  world: World,
  settings: Settings,
  backup: string,
  { replace, into, database, how = [] }: RestoreToTime,
): Promise<string[]> {
  const said: string[] = [];
  await world.steps([
    {
      title: `Restore backup ${backup}`,
      run: async (report) => {
        const { lines } = await runBackupJob(world, settings, {
          cronJob: "backup-restore",
          args: [
            "restore",
            ...(replace ? ["--yes", "--replace"] : [`--into=${into}`]),
            ...(database ? [`--database=${database}`] : []),
            ...how,
            "--",
            backup,
          ],
          onLine: report,
        }).catch((error: unknown) => {
          throw goingOnFrom(backup, error);
        });
        // What comes before its result was shown as progress.
        const result = lines.findLastIndex((line) => line.startsWith("restored "));
        said.push(...lines.slice(Math.max(0, result)));
        return undefined;
      },
    },
  ]);
  return said;
}
