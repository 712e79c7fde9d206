import { type Entry, readCatalogue } from "../catalogue/catalogue.ts";
import type { BackupName } from "../catalogue/keys.ts";
import { inputOf } from "../retention/input.ts";
import type { RetentionPolicy } from "../retention/policy.ts";
import { type Decision, decide } from "../retention/retention.ts";
import { mustBeFresh, staleDatabases } from "./freshness.ts";
import { giveUpUploads } from "./give-up-uploads.ts";
import { type RemoveWorld, removeBackup } from "./remove-backup.ts";

export interface PruneWorld extends RemoveWorld {
  readonly policy: RetentionPolicy;
  readonly now: () => Date;
}

export interface PruneOptions {
  /** One database alone, by its exact name. */
  readonly database?: string | undefined;
  /** Remove. Without it, only tell what would be removed. */
  readonly yes: boolean;
  /** Prune nothing where the newest scheduled backup is old: when backups fail, the old ones are all there is. */
  readonly afterSuccess?: boolean | undefined;
}

export interface Pruned extends BackupName {
  readonly bytes: number;
  /** Why it goes; why it was spared for the spared. */
  readonly why: string;
}

export interface PruneReport {
  readonly store: string;
  readonly dryRun: boolean;
  readonly decisions: readonly Decision[];
  /** Removed, or what would be. */
  readonly removed: readonly Pruned[];
  /** A lock or a legal hold of the store keeps them: nothing is wrong, a later run takes them. */
  readonly retained: readonly Pruned[];
  /** Held or leased between the look and the deed. */
  readonly spared: readonly Pruned[];
  readonly frozen: readonly { readonly database: string; readonly why: string }[];
  /** Keys of uploads that nobody finished, given up (or to be). */
  readonly uploads: readonly string[];
}

/**
 * Removes what retention lets go, and nothing unless told so by `yes`. What fails ends the run with its error; every step before
 * leaves a state that the next run goes on from.
 * @throws UNHEALTHY with `afterSuccess`, when no database has a fresh scheduled backup.
 */
export async function prune(world: PruneWorld, options: PruneOptions): Promise<PruneReport> {
  const { store, trusted, policy, report } = world;
  const clock = await store.clock();
  const entries = await readCatalogue(store, { trusted, database: options.database });
  const stale = options.afterSuccess ? staleDatabases(entries, clock) : new Map<string, string>();
  mustBeFresh(entries, stale, store.name);
  const decisions = decide(entries.map(inputOf), policy, world.now(), clock);
  const frozen = new Map(decisions.flatMap(({ database, frozen }) => (frozen ? [[database, frozen] as const] : [])));
  for (const [database, why] of stale) frozen.set(database, why);

  const ends = { removed: [] as Pruned[], retained: [] as Pruned[], spared: [] as Pruned[] };
  for (const { entry, why } of going(entries, decisions, stale)) {
    world.signal.throwIfAborted();
    const { database, id, bytes } = entry;
    const end = await removeBackup(world, entry, { clock, yes: options.yes });
    ends[end.end].push({ database, id, bytes, why: end.why ?? why });
    report(`${options.yes ? "" : "would be "}${end.end}: ${id} of ${JSON.stringify(database)}, ${end.why ?? why}`);
  }
  return {
    store: store.name,
    dryRun: !options.yes,
    decisions,
    ...ends,
    frozen: [...frozen].map(([database, why]) => ({ database, why })),
    uploads: await giveUpUploads(store, { ...options, clock, graceHours: policy.graceHours }),
  };
}

/** Oldest first: a run that is stopped has done the surest part. */
function going(
  entries: readonly Entry[],
  decisions: readonly Decision[],
  stale: ReadonlyMap<string, string>,
): { entry: Entry; why: string }[] {
  return entries
    .flatMap((entry) => {
      const decision = decisions.find(({ id, database }) => id === entry.id && database === entry.database);
      if (decision === undefined || decision.keep || stale.has(entry.database)) return [];
      return [{ entry, why: decision.reasons.join("; ") }];
    })
    .reverse();
}
