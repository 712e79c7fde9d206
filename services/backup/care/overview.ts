import { type Entry, readCatalogue, type Standing, standingOf } from "../catalogue/catalogue.ts";
import type { BackupName } from "../catalogue/keys.ts";
import { type Manifest, totalRows } from "../catalogue/manifest.ts";
import { inputOf } from "../retention/input.ts";
import type { RetentionPolicy } from "../retention/policy.ts";
import { type Decision, decide } from "../retention/retention.ts";
import type { TrustedKeys } from "../signing/envelope.ts";
import type { ObjectStore } from "../storage/object-store.ts";

export interface OverviewWorld {
  readonly stores: readonly ObjectStore[];
  readonly trusted: TrustedKeys;
  readonly policy: RetentionPolicy;
  readonly now: () => Date;
}

/** One backup in one store: what it is, what is known of it, and what pruning would do. The shape that `list --json` prints. */
export interface Row extends BackupName {
  readonly store: string;
  readonly state: Entry["state"];
  readonly problem?: string;
  /** Of all its files in the store. */
  readonly bytes: number;
  readonly stored: string;
  readonly started?: string;
  readonly sequence?: number;
  readonly reason?: Manifest["reason"];
  readonly whole?: boolean;
  readonly tables?: number;
  readonly rows?: number;
  readonly proven: string | null;
  readonly drilled: string | null;
  readonly failed: string | null;
  readonly held: { readonly reason: string; readonly since: string } | null;
  readonly leased: { readonly by: string; readonly until: string } | null;
  readonly anomalies: readonly string[];
  /** As the store said when the backup was made; `show` asks it again. */
  readonly lockedUntil: string | null;
  readonly prune: Pick<Decision, "keep" | "due" | "reasons" | "frozen">;
}

export interface Seen {
  readonly store: ObjectStore;
  readonly entry: Entry;
  readonly row: Row;
}

/** Every backup of every store, newest first within each. Reads manifests and records; no dump, and no lock of single objects. */
export async function overview(world: OverviewWorld, database?: string): Promise<Seen[]> {
  const seen = await Promise.all(world.stores.map((store) => seenIn(world, store, database)));
  return seen.flat();
}

async function seenIn(world: OverviewWorld, store: ObjectStore, database: string | undefined): Promise<Seen[]> {
  const { trusted, policy, now } = world;
  const [clock, entries] = await Promise.all([store.clock(), readCatalogue(store, { trusted, database })]);
  const decisions = new Map(decide(entries.map(inputOf), policy, now(), clock).map((one) => [nameOf(one), one]));
  return entries.map((entry) => ({
    store,
    entry,
    row: rowOf(store.name, entry, standingOf(entry), decisions.get(nameOf(entry)) as Decision),
  }));
}

const nameOf = ({ database, id }: BackupName): string => `${id} ${database}`;

function rowOf(store: string, entry: Entry, standing: Standing, { keep, due, reasons, frozen }: Decision): Row {
  const { database, id, state, bytes, stored } = entry;
  const { proven, drilled, failed, held, leased, anomalies } = standing;
  return {
    store,
    database,
    id,
    state,
    ...(entry.state === "complete" ? factsOf(entry.manifest) : { problem: entry.problem }),
    bytes,
    stored: stored.toISOString(),
    proven: proven?.toISOString() ?? null,
    drilled: drilled?.toISOString() ?? null,
    failed: failed ?? null,
    held: held ? { reason: held.reason, since: held.since.toISOString() } : null,
    leased: leased ? { by: leased.by, until: leased.until.toISOString() } : null,
    anomalies,
    lockedUntil: entry.state === "complete" ? entry.manifest.retainUntil : null,
    prune: { keep, due, reasons, ...(frozen !== undefined && { frozen }) },
  };
}

function factsOf({ started, sequence, reason, scope, tables }: Manifest) {
  return { started, sequence, reason, whole: scope.whole, tables: tables.length, rows: totalRows(tables) };
}
