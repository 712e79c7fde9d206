import type { BackupName } from "../catalogue/keys.ts";
import { type Calendar, calendars, day, hour } from "./calendar.ts";
import { freezeOf } from "./freeze.ts";
import { newestFirst, type RetentionInput } from "./input.ts";
import type { RetentionPolicy } from "./policy.ts";

export interface Decision extends BackupName {
  readonly keep: boolean;
  /** No rule keeps it. It goes, unless pruning is frozen. */
  readonly due: boolean;
  /** In words: every rule that keeps it, or why it is due. */
  readonly reasons: readonly string[];
  /** Why nothing of this database is pruned today. */
  readonly frozen?: string;
}

/**
 * What pruning keeps, and why. Pure: the same backups, policy and clocks always give the same answer. A backup goes only when no
 * rule at all keeps it, and while its database's newest backups are in doubt nothing goes.
 * `storeClock` is what the store said of the time; ages are counted by it. @default now
 */
export function decide(
  backups: readonly RetentionInput[],
  policy: RetentionPolicy,
  now: Date,
  storeClock: Date = now,
): Decision[] {
  const byDatabase = Map.groupBy(backups, ({ database }) => database);
  return [...byDatabase.values()].flatMap((own) => decideOne(own, policy, { now, store: storeClock }));
}

function decideOne(
  backups: readonly RetentionInput[],
  policy: RetentionPolicy,
  clocks: { readonly now: Date; readonly store: Date },
): Decision[] {
  const now = clocks.store;
  const ranked = backups.filter(({ state }) => state === "complete").sort(newestFirst);
  const counting = ranked.filter(({ made }) => made?.counts);
  const proven = counting.filter(({ standing }) => standing.proven !== undefined);

  const reasons = new Map<RetentionInput, string[]>(backups.map((backup) => [backup, []]));
  const keep = (backup: RetentionInput, why: string) => reasons.get(backup)?.push(why);

  for (const backup of backups) for (const why of protections(backup, proven, policy, now)) keep(backup, why);
  for (const backup of proven.slice(0, policy.proven)) keep(backup, `one of the ${policy.proven} newest proven`);
  for (const [backup, why] of calendarKeeps(counting, policy)) keep(backup, why);
  const last = proven[0] ?? counting.find(({ standing }) => standing.failed === undefined) ?? counting[0];
  if (last) keep(last, proven[0] ? "the newest proven backup" : "the newest backup; none is proven");

  const due = backups.filter((backup) => reasons.get(backup)?.length === 0);
  const frozen = freezeOf(backups, clocks) ?? unproven(due, proven[0]);
  return backups.map((backup) => {
    const { database, id } = backup;
    const kept = reasons.get(backup) ?? [];
    if (kept.length > 0) return { database, id, keep: true, due: false, reasons: kept, ...(frozen && { frozen }) };
    const why = dueReason(backup, policy);
    if (frozen === undefined) return { database, id, keep: false, due: true, reasons: [why] };
    return { database, id, keep: true, due: true, reasons: [why, `pruning is frozen: ${frozen}`], frozen };
  });
}

/** What keeps a backup by itself, whatever others there are; a folder that is none needs a proven successor too. */
function* protections(
  { state, problem, made, stored, standing, empty, known }: RetentionInput,
  proven: readonly RetentionInput[],
  policy: RetentionPolicy,
  now: Date,
): Generator<string> {
  const { held, leased } = standing;
  if (held) yield `held since ${held.since.toISOString().slice(0, 10)}: ${held.reason}`;
  if (leased && leased.until > now) yield `being read until ${leased.until.toISOString()}: ${leased.by}`;
  if (state === "untrusted") yield `not ours to remove: ${problem}`;
  if (state === "untrusted" || empty) return;
  // The later of the two clocks: neither may make a backup look older than the other says it is.
  const age = now.getTime() - Math.max(stored.getTime(), made?.started.getTime() ?? 0);
  // What was a backup once may still be saved from what is left of it; a run that broke off is nothing.
  if (state !== "incomplete" || known) {
    if (age < policy.days * day) yield `younger than ${daysText(policy.days)}`;
  } else if (age < policy.graceHours * hour)
    yield `${problem}, and may be a run at work: younger than ${policy.graceHours} h`;
  if (state !== "complete" && !proven.some((other) => other.stored > stored)) yield "no proven backup is newer";
}

const periods = { daily: "day", weekly: "week", monthly: "month" } as const satisfies Record<Calendar, string>;

/** One of each of the last periods that have one: the newest proven, else the newest. What failed its check stands for no period. */
function* calendarKeeps(
  counting: readonly RetentionInput[],
  policy: RetentionPolicy,
): Generator<readonly [RetentionInput, string]> {
  const usable = counting.filter(({ standing }) => standing.failed === undefined);
  for (const calendar of Object.keys(calendars) as Calendar[]) {
    const byPeriod = Map.groupBy(usable, ({ made }) => calendars[calendar](made?.started ?? new Date(0)));
    const latest = [...byPeriod.keys()].sort().reverse().slice(0, policy[calendar]);
    for (const period of latest) {
      const own = byPeriod.get(period) ?? [];
      const chosen = own.find(({ standing }) => standing.proven !== undefined) ?? own[0];
      if (chosen) yield [chosen, `the backup of ${periods[calendar]} ${period}`];
    }
  }
}

/** Nothing goes for the sake of backups that nobody has read. */
function unproven(due: readonly RetentionInput[], newest: RetentionInput | undefined): string | undefined {
  const first = due.filter(({ state }) => state === "complete").sort(newestFirst)[0];
  if (first === undefined || (newest !== undefined && newestFirst(newest, first) < 0)) return undefined;
  return `no proven backup is newer than ${first.id}; \`golive-backup verify\` proves them`;
}

function dueReason({ state, problem, empty }: RetentionInput, policy: RetentionPolicy): string {
  if (empty) return "only records are left of it";
  if (state === "complete") return `older than ${daysText(policy.days)}, and no other rule keeps it`;
  return `${problem}; a newer one is proven`;
}

const daysText = (days: number): string => (days === 1 ? "a day" : `${days} days`);
