import type { GoliveError } from "@golive/errors/golive-error.ts";
import { type NotifyConfig, readNotifyConfig } from "../config/notify.ts";
import type { Report } from "../progress.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { openStores } from "../storage/open-stores.ts";
import type { Input, Result, World } from "../verbs/verb.ts";
import { within } from "../within.ts";
import type { NotifyEvent, RunKind } from "./event.ts";
import { allDatabases, keepTold, type LastTold, lastTold, type Told } from "./last-told.ts";
import { channelsOf, type Delivery, hurry, notify, type Patience, patience } from "./notify.ts";
import { type RunOutcome, type Telling, type TellingRules, whatToTell } from "./what-to-tell.ts";

/** Page of the runbooks for each kind of run. */
export const runRunbooks = {
  backup: "backup-missed",
  prune: "backup-storage",
  verify: "backup-damaged",
  drill: "backup-drill",
  monitor: "backup-missed",
} as const satisfies Record<RunKind, string>;

/** Nobody is told: another run is at work, or a person mistyped. */
const quiet: readonly string[] = ["LOCKED", "USAGE"];

/** How long reading and writing what was told may take. A store that hangs holds no finished backup up. */
const memoryMs = 10_000;

/** Which run, and of which databases, in the words of who started it. */
export interface RunOf {
  readonly kind: RunKind;
  readonly database: string;
}

/**
 * Runs `work`, tells people how it went, and gives back or throws exactly what `work` did: no channel that is down, slow or wrongly
 * set up changes a result. `explain` turns what was thrown into words.
 */
export async function notifying(
  world: World,
  run: RunOf | undefined,
  work: () => Promise<Result>,
  explain: (thrown: unknown) => GoliveError,
): Promise<Result> {
  if (run === undefined) return work();
  let result: Result;
  try {
    result = await work();
  } catch (thrown) {
    const { message, hint, code } = explain(thrown);
    if (!quiet.includes(code)) await tell(world, run, { state: "failing", text: message, hint, code });
    throw thrown;
  }
  await tell(world, run, outcomeOf(result));
  return result;
}

/** An exit status is no code: that of a backup that failed is that of a damaged one, too. */
function outcomeOf({ exit = 0, code, text, notable = [], about }: Result): RunOutcome {
  if (exit !== 0) return { state: "failing", text, code };
  return notable.length > 0 ? { state: "anomalous", text: notable.join("\n"), about } : { state: "well", text };
}

/** Tells the channels, and keeps what was told for the next run. Never throws. */
export async function tell(world: World, run: RunOf, outcome: RunOutcome): Promise<readonly Delivery[]> {
  try {
    const config = readNotifyConfig(world.env);
    const channels = channelsOf(config);
    if (channels.length === 0) return [];
    const limits = world.signal.aborted ? hurry : patience;
    const memory = memoryOf(world, limits);
    const last = await memory.read(run);
    const telling = whatToTell(outcome, last, world.now(), rulesFor(run, outcome, config));
    if (telling === undefined) return [];
    const chosen = channels.filter(({ name }) => telling.to === "all" || telling.to.includes(name));
    const deliveries = await notify(
      chosen,
      eventOf(telling, { run: run.kind, database: run.database, at: world.now() }, outcome, last, config),
      limits,
    );
    for (const delivery of deliveries) reportDelivery(delivery, world.report);
    const told = toldOf(outcome, telling, last, deliveries, world.now());
    if (told !== undefined) await memory.write(run, told, last);
    return deliveries;
  } catch (error) {
    world.report(`warning: nobody was told of this run: ${(error as Error).message}`);
    return [];
  }
}

/** Each failed run is told. What only waits for a person, and what the monitor sees at each look, is told again now and then. */
const rulesFor = ({ kind }: RunOf, { state }: RunOutcome, { success, againHours }: NotifyConfig): TellingRules => ({
  success,
  againHours: kind === "monitor" || state === "anomalous" ? againHours : 0,
});

/** Undefined when nothing changed: a year of good nights leaves no objects. */
function toldOf(
  { state, about = [] }: RunOutcome,
  { to }: Telling,
  last: Told | undefined,
  deliveries: readonly Delivery[],
  now: Date,
): Told | undefined {
  const failed = deliveries.filter(({ state }) => state === "failed").map(({ channel }) => channel);
  const asked = (channel: string) => to === "all" || to.includes(channel);
  const undelivered = [...(last?.undelivered ?? []).filter((channel) => !asked(channel)), ...failed];
  const same = state === "well" && (last?.state ?? "well") === "well";
  // An incident that nobody opened need not be closed twice.
  if (same && undelivered.join() === (last?.undelivered ?? []).join()) return undefined;
  if (same && last === undefined) return undefined;
  // A second try at a channel is no new telling: the hours count from the first.
  const at = to === "all" || last === undefined ? now.toISOString() : last.at;
  const since = last?.state === state ? last.since : now.toISOString();
  // All that was told since it became so: what comes back within the same trouble is no news.
  const spoken = [...new Set([...((last?.state === state && last.about) || []), ...about])];
  return { version: 1, state, at, since, undelivered, about: spoken };
}

function eventOf(
  { kind }: Telling,
  of: Pick<NotifyEvent, "run" | "database" | "at">,
  { text, code, hint }: RunOutcome,
  last: Told | undefined,
  { environment, runbooksUrl }: NotifyConfig,
): NotifyEvent {
  const good = kind === "success" || kind === "recovery";
  const since =
    kind === "recovery" && last !== undefined && last.state !== "well"
      ? `${text}\nIt had not been well since ${last.since}.`
      : text;
  const runbook = runbooksUrl && !good ? runbooksUrl + runRunbooks[of.run] : undefined;
  return { ...of, kind, environment, text: since, code, hint, runbook };
}

function reportDelivery({ channel, state, attempts, problem }: Delivery, report: Report): void {
  const tries = attempts === 1 ? "" : ` after ${attempts} tries`;
  if (state === "failed") report(`warning: ${channel} was not told${tries}: ${problem}`);
  else report(problem === undefined ? `told ${channel}${tries}` : `warning: told ${channel}${tries}, but ${problem}`);
}

/** What the run's flags name, else what its variables do; a run over everything in a store has neither. */
export function databasesOf(env: World["env"], options: Input["options"] = {}): string {
  if (typeof options.database === "string") return options.database;
  return (options.all !== true && env.PGDATABASE) || allDatabases;
}

interface Memory {
  read(run: RunOf): Promise<LastTold | undefined>;
  /** After `last`, whatever the clocks say. */
  write(run: RunOf, told: Told, last: LastTold | undefined): Promise<void>;
}

/** The primary store, each time within a limit; a store that fails costs the memory and nothing else. */
function memoryOf(world: World, { totalMs }: Patience): Memory {
  const attempt = async <T>(what: string, work: (store: ObjectStore) => Promise<T>): Promise<T | undefined> => {
    // Not the world's signal: what was stopped still has to be told.
    const signal = AbortSignal.timeout(Math.min(memoryMs, totalMs));
    try {
      return await within(signal, work(openStores({ env: world.env, signal }).primary));
    } catch (error) {
      world.report(`warning: ${what}: ${(error as Error).message}`);
      return undefined;
    }
  };
  return {
    read: ({ kind, database }) =>
      attempt("what was told last is not known", (store) => lastTold(store, kind, database)),
    write: async ({ kind, database }, told, last) => {
      const after = Math.max(world.now().getTime(), (last?.named.getTime() ?? 0) + 1);
      const keep = (store: ObjectStore) => keepTold(store, kind, database, told, new Date(after));
      await attempt("what was told cannot be kept for the next run", keep);
    },
  };
}
