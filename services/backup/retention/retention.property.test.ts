import * as fc from "fast-check";
import { expect, test } from "vitest";
import { sketched } from "../testing/retention-inputs.ts";
import { day, hour } from "./calendar.ts";
import type { RetentionInput } from "./input.ts";
import type { RetentionPolicy } from "./policy.ts";
import { decide } from "./retention.ts";

const now = new Date("2026-11-25T03:00:00Z");

const sketch = fc.record({
  hoursAgo: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 24 * 500 }) },
    { weight: 1, arbitrary: fc.integer({ min: -60, max: 0 }) },
  ),
  /** How far the clock of its maker was off, in hours; mostly right. */
  clock: fc.oneof(
    { weight: 12, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: -48, max: 48 }) },
  ),
  fate: fc.oneof(
    { weight: 6, arbitrary: fc.constant("proven") },
    { weight: 3, arbitrary: fc.constantFrom("unproven", "failed") },
  ),
  state: fc.oneof(
    { weight: 8, arbitrary: fc.constant("complete") },
    { weight: 1, arbitrary: fc.constantFrom("incomplete", "damaged", "untrusted") },
  ),
  held: fc.oneof({ weight: 15, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  lease: fc.option(fc.integer({ min: -50, max: 50 }), { freq: 15 }),
  odd: fc.oneof({ weight: 15, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  part: fc.oneof({ weight: 12, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  database: fc.constantFrom("app", "app_test"),
  empty: fc.boolean(),
  known: fc.boolean(),
});

type Drawn = typeof sketch extends fc.Arbitrary<infer T> ? T : never;

/** As it mostly is: clocks agree, and the newest backup of each database is good. Without, nearly every case would be frozen. */
const calmed = (sketches: readonly Drawn[]): Drawn[] => [
  ...sketches.map((one) => ({ ...one, clock: 0, hoursAgo: Math.max(one.hoursAgo, 2), odd: false })),
  ...(["app", "app_test"] as const).map(
    (database): Drawn => ({
      ...{ hoursAgo: 1, clock: 0, fate: "proven", state: "complete", held: false, lease: null, odd: false },
      ...{ part: false, empty: false, known: true, database },
    }),
  ),
];

/** Made in the order of the store's time, so that sequences grow with it; clocks of their makers may be wrong. */
const backups = fc.tuple(fc.array(sketch, { maxLength: 60 }), fc.boolean()).map(([drawn, calm]) =>
  (calm ? calmed(drawn) : drawn)
    .toSorted((a, b) => b.hoursAgo - a.hoursAgo)
    .map((one, at): RetentionInput => {
      const state = one.state as RetentionInput["state"];
      const stored = new Date(now.getTime() - one.hoursAgo * hour);
      const made = sketched(
        {
          daysAgo: (one.hoursAgo - one.clock) / 24,
          proven: one.fate === "proven",
          sequence: at + 1,
          counts: !one.part,
          database: one.database,
          state,
          standing: {
            ...(one.fate === "failed" ? { failed: "sha256" } : {}),
            held: one.held ? { reason: "case", since: now } : undefined,
            leased: one.lease === null ? undefined : { by: "drill", until: new Date(now.getTime() + one.lease * hour) },
            anomalies: one.odd ? ["rows −90 %"] : [],
          },
        },
        now,
      );
      return { ...made, stored, empty: state === "incomplete" && one.empty, known: one.known };
    }),
);
const policies = fc.record<RetentionPolicy>({
  days: fc.integer({ min: 1, max: 60 }),
  proven: fc.integer({ min: 1, max: 9 }),
  daily: fc.integer({ min: 0, max: 9 }),
  weekly: fc.integer({ min: 0, max: 6 }),
  monthly: fc.integer({ min: 0, max: 14 }),
  graceHours: fc.integer({ min: 1, max: 72 }),
});

/**
 * The rules again, one backup at a time and by counting rivals instead of by sorting and grouping: whether it may go if nothing is
 * frozen. Shares no code with what it checks.
 */
function mayGo(one: RetentionInput, all: readonly RetentionInput[], policy: RetentionPolicy): boolean {
  const own = all.filter((other) => other.database === one.database);
  const isNewer = (a: RetentionInput, b: RetentionInput) => (a.made?.sequence ?? 0) > (b.made?.sequence ?? 0);
  const counted = own.filter((other) => other.made?.counts);
  const good = counted.filter((other) => other.standing.proven);
  if (one.standing.held || (one.standing.leased && one.standing.leased.until.getTime() > now.getTime())) return false;
  if (one.state === "untrusted") return false;
  if (one.empty) return true;
  const hours = (now.getTime() - one.stored.getTime()) / hour;
  if (one.made === undefined) {
    if (!good.some((other) => other.stored.getTime() > one.stored.getTime())) return false;
    return one.state === "incomplete" && !one.known ? hours >= policy.graceHours : hours >= policy.days * 24;
  }
  if (hours < policy.days * 24 || (now.getTime() - one.made.started.getTime()) / day < policy.days) return false;
  if (!one.made.counts) return true;
  if (good.includes(one) && good.filter((other) => isNewer(other, one)).length < policy.proven) return false;
  if (good.length === 0 && !counted.some((other) => isNewer(other, one) && !other.standing.failed)) {
    if (!one.standing.failed) return false;
    if (!counted.some((other) => !other.standing.failed) && !counted.some((other) => isNewer(other, one))) return false;
  }
  return !([...Object.entries({ daily: policy.daily, weekly: policy.weekly, monthly: policy.monthly })] as const).some(
    ([calendar, count]) => standsForAPeriod(one, counted, calendar, count),
  );

  function standsForAPeriod(it: RetentionInput, rivals: readonly RetentionInput[], calendar: string, count: number) {
    if (it.standing.failed) return false;
    const usable = rivals.filter((other) => !other.standing.failed);
    const mine = periodNumber(it, calendar);
    const later = new Set(usable.map((other) => periodNumber(other, calendar)).filter((number) => number > mine));
    if (later.size >= count) return false;
    return !usable.some((other) => {
      if (other === it || periodNumber(other, calendar) !== mine) return false;
      if (Boolean(other.standing.proven) !== Boolean(it.standing.proven)) return Boolean(other.standing.proven);
      return isNewer(other, it);
    });
  }
}

/** Days since 1970; weeks since its first Monday (the 5th of January); months since its first. */
function periodNumber({ made }: RetentionInput, calendar: string): number {
  const at = made?.started ?? new Date(0);
  const days = Math.floor(at.getTime() / day);
  if (calendar === "daily") return days;
  if (calendar === "weekly") return Math.floor((days - 4) / 7);
  return at.getUTCFullYear() * 12 + at.getUTCMonth();
}

/** Whether nothing of the database may go at all, by the same plain counting. */
function mustFreeze(own: readonly RetentionInput[], policy: RetentionPolicy, all: readonly RetentionInput[]): boolean {
  const newest = (of: readonly RetentionInput[]) =>
    of.find((one) => of.every((other) => (other.made?.sequence ?? 0) <= (one.made?.sequence ?? 0)));
  const minutes = (a: Date, b: Date) => (a.getTime() - b.getTime()) / 60_000;
  const complete = own.filter((one) => one.made);
  const counted = complete.filter((one) => one.made?.counts);
  const [last, lastCounted] = [newest(complete), newest(counted)];
  if (own.some(({ made, stored }) => [made?.started, made?.finished, stored].some((at) => at && minutes(at, now) > 5)))
    return true;
  if (last?.made && Math.abs(minutes(last.made.finished, last.stored)) > 5) return true;
  if (lastCounted) {
    if (lastCounted.standing.failed || lastCounted.standing.anomalies.length > 0) return true;
    if (own.some((one) => one.state === "damaged" && !one.empty && one.stored > lastCounted.stored)) return true;
  }
  const good = newest(counted.filter((one) => one.standing.proven));
  return complete.some(
    (one) => mayGo(one, all, policy) && !(good?.made && good.made.sequence > (one.made?.sequence ?? 0)),
  );
}

test("what goes is exactly what the rules, told one by one, let go", () => {
  let gone = 0;
  let froze = 0;
  fc.assert(
    fc.property(backups, policies, (all, policy) => {
      const decisions = decide(all, policy, now);
      expect(decisions).toHaveLength(all.length);
      for (const decision of decisions) {
        const one = all.find(
          ({ id, database }) => id === decision.id && database === decision.database,
        ) as RetentionInput;
        const own = all.filter(({ database }) => database === one.database);
        const frozen = mustFreeze(own, policy, all);
        expect({ due: decision.due, frozen: decision.frozen !== undefined }).toEqual({
          due: mayGo(one, all, policy),
          frozen,
        });
        expect(decision.keep).toBe(!decision.due || frozen);
        expect(decision.reasons.length).toBeGreaterThan(0);
        if (!decision.keep) gone++;
        if (frozen) froze++;
      }
    }),
    { numRuns: 600 },
  );
  // The property would hold of nothing as well.
  expect(gone).toBeGreaterThan(200);
  expect(froze).toBeGreaterThan(200);
}, 120_000);

test("the order in which backups are given does not matter, nor does another database", () => {
  const byName = (all: ReturnType<typeof decide>) => new Map(all.map((one) => [`${one.database} ${one.id}`, one]));
  fc.assert(
    fc.property(
      backups.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
      policies,
      ([all, shuffled], policy) => {
        const whole = byName(decide(all, policy, now));
        expect(byName(decide(shuffled, policy, now))).toEqual(whole);
        for (const database of ["app", "app_test"])
          for (const one of decide(
            all.filter((backup) => backup.database === database),
            policy,
            now,
          ))
            expect(one).toEqual(whole.get(`${database} ${one.id}`));
      },
    ),
    { numRuns: 150 },
  );
}, 120_000);

test("pruning twice is pruning once, and the newest proven backup always stays", () => {
  fc.assert(
    fc.property(backups, policies, (all, policy) => {
      const stays = (of: readonly RetentionInput[]) => {
        const kept = new Set(decide(of, policy, now).flatMap((one) => (one.keep ? [`${one.database} ${one.id}`] : [])));
        return of.filter((one) => kept.has(`${one.database} ${one.id}`));
      };
      const once = stays(all);
      expect(stays(once)).toEqual(once);
      for (const database of ["app", "app_test"]) {
        const good = all.filter((one) => one.database === database && one.made?.counts && one.standing.proven);
        if (good.length > 0) expect(once).toContain(good.at(-1));
      }
    }),
    { numRuns: 400 },
  );
}, 120_000);

test("time alone brings no backup back and loses no hold: what a later day keeps, an earlier one kept", () => {
  fc.assert(
    fc.property(backups, policies, fc.integer({ min: 1, max: 400 }), (all, policy, days) => {
      const at = new Date(now.getTime() + days * day);
      const later = new Map(decide(all, policy, at).map((one) => [`${one.database} ${one.id}`, one]));
      for (const one of decide(all, policy, now)) {
        const then = later.get(`${one.database} ${one.id}`);
        if (one.due) expect(then?.due).toBe(true);
      }
    }),
    { numRuns: 200 },
  );
}, 120_000);
