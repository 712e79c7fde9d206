import { type Complete, type Entry, readCatalogue } from "../catalogue/catalogue.ts";
import type { MonitorConfig } from "../config/monitor.ts";
import type { PostgresConfig } from "../config/postgres.ts";
import { allTold } from "../notify/last-told.ts";
import type { TrustedKeys } from "../signing/envelope.ts";
import { within } from "../within.ts";
import { backupsOf, type Facts, type Known } from "./facts.ts";
import { lineOf } from "./newest.ts";
import { sampleBackups } from "./sample.ts";
import type { Schedule } from "./schedules.ts";
import { storeFacts } from "./store-facts.ts";
import { walFacts } from "./wal-facts.ts";
import type { WatchedStore } from "./watched-stores.ts";

/** What the facts are gathered from. Only read from: a monitor needs no right to write anything. */
export interface MonitorWorld {
  /** The first is read from. */
  readonly stores: readonly WatchedStore[];
  readonly trusted: TrustedKeys;
  readonly config: MonitorConfig;
  /** Undefined where no server is named: then its archiver is not asked. */
  readonly postgres: PostgresConfig | undefined;
  /** Asks whether the CronJobs are active; undefined where none is named. */
  readonly schedules: (() => Promise<readonly Schedule[]>) | undefined;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

export interface LookOptions {
  /** Whether backups are read whole now. */
  readonly sample: boolean;
  /** What was read the last time, for a look that reads none. */
  readonly lastSamples?: Facts["samples"];
}

/**
 * Asks everything of the world that the checks judge. What cannot be asked becomes a fact of its own; only a signal throws, and at
 * once: a disk that hangs must not keep a monitor from saying so.
 */
export const gather = (world: MonitorWorld, options: LookOptions): Promise<Facts> =>
  within(world.signal, gatherAll(world, options));

async function gatherAll(world: MonitorWorld, { sample, lastSamples }: LookOptions): Promise<Facts> {
  const { stores, trusted, config, postgres, schedules, now, signal } = world;
  const source = stores[0]?.store;
  const wal = postgres && known(signal, () => walFacts(postgres, config.firstRecoverableFile, signal));
  const catalogue = await known(signal, async () => (source ? readCatalogue(source, { trusted }) : []));
  const entries = "value" in catalogue ? catalogue.value : [];
  const databases = config.databases ?? [...new Set(entries.map(({ database }) => database))];
  const newest = newestOf(entries, databases);
  return {
    now: now(),
    catalogue,
    databases: [...databases].sort(),
    stores: await Promise.all(stores.map((store) => storeFacts(store, newest, now, signal))),
    samples: sample && source ? await known(signal, () => sampleBackups(source, newest, config.limits)) : lastSamples,
    told: source ? await allTold(source).catch(() => []) : [],
    schedules: schedules && (await known(signal, schedules)),
    wal: await wal,
  };
}

/** The newest backup of each database. */
export const newestOf = (entries: readonly Entry[], databases: readonly string[]): Complete[] =>
  databases.flatMap((database) => lineOf(backupsOf(entries, database))[0] ?? []);

/** What `ask` answers, or why it does not: the other questions go on. */
async function known<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<Known<T>> {
  try {
    return { value: await ask() };
  } catch (error) {
    signal.throwIfAborted();
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
