import { clusterName } from "@golive/infra/postgres/cluster-names.ts";
import { table } from "../core/table.ts";
import type { World } from "../core/world.ts";
import type { Kube, KubeObject } from "../kube/kube.ts";
import { kubeconfigOf } from "../stack/env.ts";
import type { Settings } from "../stack/settings.ts";
import { archiverFacts } from "./live-database.ts";

/** A copy of the data folder; recovery begins with the newest one before the moment. */
export interface BaseBackup {
  /** Of the `Backup` object. */
  readonly name: string;
  /** barman's, in the archive; undefined until it has begun. */
  readonly id: string | undefined;
  readonly state: "completed" | "running" | "failed";
  /** ISO 8601, UTC. */
  readonly started: string | undefined;
  readonly ended: string | undefined;
  readonly error: string | undefined;
}

export interface BaseBackups {
  /** Earliest moment that can be had back; undefined before the first base backup is done. */
  readonly firstRecoverable: string | undefined;
  /** When the newest segment of the write-ahead log reached the archive: what was committed before is in it. */
  readonly lastArchived: string | undefined;
  /** What the operator's last look at the archiving said. */
  readonly archiving: "working" | "failing" | "unknown";
  /** Newest first. */
  readonly backups: readonly BaseBackup[];
}

/** What can be had back, as the cluster knows it. Undefined: no archive is set up in this stack. */
export async function listBaseBackups(world: World, settings: Settings): Promise<BaseBackups | undefined> {
  const kube = await world.kube({ kubeconfig: await kubeconfigOf(world, settings), context: settings.target.context });
  return await readBaseBackups(kube, `${settings.config.namespacePrefix}-app`);
}

export async function readBaseBackups(kube: Kube, namespace: string): Promise<BaseBackups | undefined> {
  const live = await kube.object("cluster", namespace, clusterName);
  const archive = live && archiveOf(live);
  if (!archive) return undefined;
  const [store, backups, archiver] = await Promise.all([
    kube.object("objectStore", namespace, archive.objectStore),
    kube.objects("backup", namespace),
    archiverFacts(kube, namespace).catch(() => undefined),
  ]);
  const { serverRecoveryWindow = {} } = (store?.status ?? {}) as { serverRecoveryWindow?: Record<string, Window> };
  return {
    firstRecoverable: utc(serverRecoveryWindow[archive.folder]?.firstRecoverabilityPoint),
    lastArchived: utc(archiver?.lastArchived),
    archiving: archivingOf(live),
    backups: (backups ?? [])
      .filter(({ spec }) => (spec as BackupSpec).cluster?.name === clusterName)
      .map(baseBackup)
      .sort((a, b) => ((a.started ?? "9") < (b.started ?? "9") ? 1 : -1)),
  };
}

interface Window {
  readonly firstRecoverabilityPoint?: string;
}

interface BackupSpec {
  readonly cluster?: { readonly name?: string };
}

/** Where a cluster archives to. */
export function archiveOf({ spec }: KubeObject): { objectStore: string; folder: string } | undefined {
  const { plugins = [] } = spec as { plugins?: { isWALArchiver?: boolean; parameters?: Record<string, string> }[] };
  const parameters = plugins.find(({ isWALArchiver }) => isWALArchiver)?.parameters;
  if (parameters?.barmanObjectName === undefined) return undefined;
  return { objectStore: parameters.barmanObjectName, folder: parameters.serverName ?? clusterName };
}

function archivingOf({ status }: KubeObject): BaseBackups["archiving"] {
  const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; status: string }[] };
  const said = conditions.find(({ type }) => type === "ContinuousArchiving")?.status;
  return said === "True" ? "working" : said === "False" ? "failing" : "unknown";
}

/** Phases of CloudNativePG's `Backup`; all others are on the way. */
const ends: Readonly<Record<string, BaseBackup["state"]>> = { completed: "completed", failed: "failed" };

function baseBackup({ metadata, status }: KubeObject): BaseBackup {
  const { phase = "", backupId, startedAt, stoppedAt, error } = (status ?? {}) as Record<string, string | undefined>;
  return {
    name: metadata.name,
    id: backupId,
    state: ends[phase] ?? "running",
    started: utc(startedAt ?? metadata.creationTimestamp),
    ended: utc(stoppedAt),
    error: error === "" ? undefined : error,
  };
}

const utc = (time: string | undefined) => (time === undefined ? undefined : new Date(time).toISOString());

/** How many base backups people are shown. */
const shown = 7;

/** Lines for people. */
export function baseBackupLines({ firstRecoverable, lastArchived, archiving, backups }: BaseBackups): string[] {
  // Right after the first base backup nothing later has been archived yet.
  const later = lastArchived !== undefined && firstRecoverable !== undefined && lastArchived > firstRecoverable;
  const until = later ? `${lastArchived}, and now while the primary lives` : "now, while the primary lives";
  const from = firstRecoverable
    ? `any moment from ${firstRecoverable} to ${until}: golive restore --at <time>`
    : "no moment can be had back yet: the first base backup is not done";
  const rows = backups
    .slice(0, shown)
    .map(({ name, state, started = "", ended = "", error = "" }) => [
      name,
      state,
      started,
      ended,
      error.split("\n")[0] ?? "",
    ]);
  return [
    from,
    ...(archiving === "failing" ? ["the write-ahead log is NOT archived at the moment: golive status"] : []),
    ...(rows.length > 0 ? table([["base backup", "state", "started", "ended", ""], ...rows], "  ").split("\n") : []),
    ...(backups.length > shown ? [`  and ${backups.length - shown} older`] : []),
  ];
}
