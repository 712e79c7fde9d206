import { GoliveError } from "@golive/errors/golive-error.ts";
import { clusterName, recoveryLabel } from "@golive/infra/postgres/cluster-names.ts";
import { type LiveSpec, recoverySpec } from "@golive/infra/postgres/recovery-spec.ts";
import type { Report } from "../core/local-api.ts";
import type { World } from "../core/world.ts";
import type { Kube, KubeObject } from "../kube/kube.ts";

/** Longest recovery that is waited for: a base backup of terabytes and a day of WAL. */
const recoveryLimitMs = 6 * 3_600_000;
const removalLimitMs = 300_000;
/** A recovered cluster lives as long as one restore; whose maker is on another machine and older than this is forgotten. */
const forgottenMs = 24 * 3_600_000;
const makerKey = "golive.dev/made-on";
const [[labelKey, labelValue]] = Object.entries(recoveryLabel) as [[string, string]];

/** What a recovery needs to know of where it works. */
export interface Place {
  readonly kube: Kube;
  readonly namespace: string;
  /** Name of this machine. */
  readonly host: string;
}

/** `postgres-at-20261125t143000z`, of the moment that is gone back to. */
export function recoveryName(at: Date): string {
  return `${clusterName}-at-${at.toISOString().replaceAll(/[-:]/g, "").slice(0, 15).toLowerCase()}z`;
}

/** Starts the recovery of the live cluster, as it was at `at`, beside it. */
export async function startRecovery({ kube, namespace, host }: Place, live: KubeObject, at: Date): Promise<string> {
  const name = recoveryName(at);
  await kube.create("cluster", namespace, {
    metadata: { name, labels: recoveryLabel, annotations: { [makerKey]: host } },
    spec: recoverySpec({ live: live.spec as LiveSpec, targetTime: at.toISOString() }),
  });
  return name;
}

interface ClusterStatus {
  readonly phase?: string;
  readonly phaseReason?: string;
  readonly managedRolesStatus?: {
    readonly byStatus?: { readonly reconciled?: readonly string[] };
    readonly cannotReconcile?: Readonly<Record<string, readonly string[]>>;
  };
}

/** Until it answers, and knows the password of the role that copies from it. Throws with what PostgreSQL said. */
export async function waitRecovered(
  world: World,
  { kube, namespace }: Place,
  name: string,
  report: Report,
): Promise<string> {
  const until = world.clock.now().getTime() + recoveryLimitMs;
  for (;;) {
    const found = await kube.object("cluster", namespace, name);
    if (!found) throw failed(`cluster ${name} was deleted while it was recovered`);
    const { phase = "not begun", phaseReason, managedRolesStatus = {} } = (found.status ?? {}) as ClusterStatus;
    const refused = managedRolesStatus.cannotReconcile?.backup;
    if (refused) throw failed(`role backup cannot log in to ${name}: ${refused.join(", ")}`);
    const able = managedRolesStatus.byStatus?.reconciled?.includes("backup") ?? false;
    if (phase === "Cluster in healthy state" && able) return "recovered";
    const fault = await recoveryFault({ kube, namespace }, name);
    if (fault) throw failed(`the recovery failed: ${fault}`);
    if (world.clock.now().getTime() > until)
      throw failed(`${name} was not recovered within ${recoveryLimitMs / 3_600_000} h: ${phase}`);
    report(phaseReason ? `${phase}: ${phaseReason}` : phase);
    await world.clock.wait(2000);
  }
}

const failed = (message: string) =>
  new GoliveError(
    "BACKUP_FAILED",
    message,
    "Nothing was replaced. `golive backup list` shows from when to when a moment can be had back.",
  );

/** Words after which trying again is in vain. */
const hopeless =
  /recovery ended before configured recovery target was reached|no target backup found|is before consistent recovery point/;
/** Attempts of the operator's job after which it is given up. */
const attempts = 3;

async function recoveryFault({ kube, namespace }: Pick<Place, "kube" | "namespace">, name: string) {
  const label = `cnpg.io/cluster=${name},cnpg.io/jobRole=full-recovery`;
  const ended = (await kube.pods({ namespace, label })).filter(({ phase }) => phase === "Failed");
  const [pod] = ended;
  if (!pod) return undefined;
  const fault = lastFault(await kube.log({ namespace, pod: pod.name, container: "full-recovery", lines: 200 }));
  return hopeless.test(fault) || ended.length >= attempts ? fault : undefined;
}

/** The last thing that went wrong, out of the operator's log of JSON lines. */
export function lastFault(lines: readonly string[]): string {
  const said = lines.flatMap((line) => {
    try {
      const { level, msg, error, record } = JSON.parse(line) as Record<string, unknown> & {
        record?: { error_severity?: string; message?: string };
      };
      if (/^(FATAL|PANIC)$/.test(record?.error_severity ?? "")) return [String(record?.message)];
      return level === "error" ? [[msg, error].filter(Boolean).join(": ")] : [];
    } catch {
      return [];
    }
  });
  return said.findLast((fault) => hopeless.test(fault)) ?? said.at(-1) ?? "its log does not say why";
}

/** Deletes a recovered cluster with its volume, and waits until both are gone. Goes on after Ctrl-C. */
export async function removeRecovery(world: World, { kube, namespace }: Place, name: string): Promise<void> {
  await kube.remove("cluster", namespace, name);
  const until = world.clock.now().getTime() + removalLimitMs;
  while (await kube.object("cluster", namespace, name)) {
    if (world.clock.now().getTime() > until)
      throw new GoliveError(
        "UNHEALTHY",
        `cluster ${name} is still being deleted after ${removalLimitMs / 1000} s`,
        `Look at it with \`golive kubectl -n ${namespace} describe cluster ${name}\`; the next golive restore --at goes on with it.`,
      );
    await world.clock.wait(1000, { evenWhenAborted: true });
  }
}

/** Deletes what a restore that died has left. One that another machine may be working with is told of instead. */
export async function removeLeftovers(world: World, place: Place, report: Report): Promise<number> {
  const { kube, namespace, host } = place;
  const left = ((await kube.objects("cluster", namespace)) ?? []).filter(
    ({ metadata }) => metadata.labels?.[labelKey] === labelValue,
  );
  for (const { metadata } of left) {
    const maker = metadata.annotations?.[makerKey] ?? "";
    const age = world.clock.now().getTime() - Date.parse(metadata.creationTimestamp ?? "");
    // This machine's own restore would hold the lock.
    if (maker !== host && !(age > forgottenMs))
      throw new GoliveError(
        "LOCKED",
        `cluster ${metadata.name} was made on ${maker || "another machine"} for a restore that may be running`,
        `When it is not: golive kubectl -n ${namespace} delete cluster ${metadata.name}`,
      );
    report(`deleting ${metadata.name}, left by a restore that did not end`);
    await removeRecovery(world, place, metadata.name);
  }
  return left.length;
}
