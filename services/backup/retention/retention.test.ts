import { describe, expect, test } from "vitest";
import { type Sketch, sketched } from "../testing/retention-inputs.ts";
import { day, minute } from "./calendar.ts";
import { defaultPolicy } from "./policy.ts";
import { type Decision, decide } from "./retention.ts";

const now = new Date("2026-11-25T03:00:00Z");
const later = (ms: number): Date => new Date(now.getTime() + ms);
const run = (sketches: readonly Sketch[], at = now, storeClock = now): Decision[] =>
  decide(
    sketches.map((sketch) => sketched(sketch, now)),
    defaultPolicy,
    at,
    storeClock,
  );
/** One proven backup a night. */
const nightly = (from: number, to: number): Sketch[] =>
  Array.from({ length: to - from + 1 }, (_, at) => ({ daysAgo: from + at + 1 / 24, proven: true }));
const kept = (decisions: readonly Decision[]) => decisions.filter(({ keep }) => keep);
const of = (decisions: readonly Decision[], at: number): Decision => decisions[at] as Decision;

test("two years of nightly backups become 30 days, and a backup for each of 4 weeks and 12 months", () => {
  const decisions = run(nightly(0, 729));
  expect(decisions.every(({ frozen }) => frozen === undefined)).toBe(true);
  const days = kept(decisions).map(({ id }) => id.slice(0, 10));
  expect(days.slice(0, 30)).toEqual(
    Array.from({ length: 30 }, (_, at) =>
      later(-at * day)
        .toISOString()
        .slice(0, 10),
    ),
  );
  expect(days.slice(30)).toEqual(
    [
      "2025-12-31",
      "2026-01-31",
      "2026-02-28",
      "2026-03-31",
      "2026-04-30",
      "2026-05-31",
      "2026-06-30",
      "2026-07-31",
      "2026-08-31",
      "2026-09-30",
    ].reverse(),
  );
  expect(of(decisions, 0).reasons).toEqual([
    "younger than 30 days",
    "one of the 7 newest proven",
    "the backup of day 2026-11-25",
    "the backup of week 2026-W48",
    "the backup of month 2026-11",
    "the newest proven backup",
  ]);
  expect(of(decisions, 40).reasons).toEqual(["older than 30 days, and no other rule keeps it"]);
});

test("fault 21: after 40 days without a good backup, the newest proven ones are kept whatever their age", () => {
  const failures: Sketch[] = Array.from({ length: 40 }, (_, at) => ({ daysAgo: at + 0.1, state: "incomplete" }));
  const decisions = run([...failures, ...nightly(40, 400)]);
  const old = kept(decisions.slice(40));
  expect(old.slice(0, 7).every(({ reasons }) => reasons.includes("one of the 7 newest proven"))).toBe(true);
  // Nothing proven is newer than the failed runs, so they stay as they are too.
  expect(kept(decisions.slice(0, 40))).toHaveLength(40);
});

test("fault 21: unproven backups push no proven one out", () => {
  const decisions = run([...Array.from({ length: 40 }, (_, at) => ({ daysAgo: at + 0.1 })), ...nightly(40, 60)]);
  // Ten of the unproven are older than 30 days; for their sake alone everything stops, and the 7 newest proven are kept anyway.
  expect(kept(decisions)).toHaveLength(decisions.length);
  expect(of(decisions, 0).frozen).toMatch(/^no proven backup is newer than/);
  const newest = decisions.slice(40, 47).map(({ reasons }) => reasons.includes("one of the 7 newest proven"));
  expect(newest).toEqual(Array(7).fill(true));
});

test("fault 23: `app` and `app_test` know nothing of each other", () => {
  const app = nightly(31, 120);
  const other = nightly(0, 120).map((sketch) => ({ ...sketch, database: "app_test" }));
  const apart = run(app);
  expect(run([...app, ...other]).slice(0, app.length)).toEqual(apart);
  expect(apart.filter(({ reasons }) => reasons.includes("one of the 7 newest proven"))).toHaveLength(7);
});

test("a held backup stays at any age, and one that is being read stays until its lease ends", () => {
  const [held, leased, past] = [900, 901, 902].map((daysAgo) => ({ daysAgo, proven: true }));
  const lease = (ms: number) => ({ leased: { by: "drill", until: later(ms) } });
  const decisions = run([
    ...nightly(0, 10),
    { ...(held as Sketch), standing: { held: { reason: "case 7", since: later(-5 * day) } } },
    { ...(leased as Sketch), standing: lease(minute) },
    { ...(past as Sketch), standing: lease(0) },
    ...nightly(31, 800),
  ]);
  expect(of(decisions, 11)).toMatchObject({ keep: true, reasons: ["held since 2026-11-20: case 7"] });
  expect(of(decisions, 12)).toMatchObject({
    keep: true,
    reasons: ["being read until 2026-11-25T03:01:00.000Z: drill"],
  });
  expect(of(decisions, 13)).toMatchObject({ keep: false });
});

test("a backup of some tables stands in for no whole one, but for an older one of its schedule", () => {
  const parts: Sketch[] = nightly(0, 20).map((sketch) => ({ ...sketch, counts: false }));
  const decisions = run([...parts, ...nightly(31, 45)]);
  const old = decisions.slice(parts.length);
  expect(old.slice(0, 7).every(({ keep }) => keep)).toBe(true);
  expect(of(old, 0).reasons).toContain("the newest proven backup");
});

describe("what is no backup", () => {
  const good = nightly(0, 5);
  test.each([
    [
      "a run that broke off 3 days ago goes",
      { daysAgo: 3, state: "incomplete" },
      false,
      /^it is incomplete; a newer one/,
    ],
    ["a run that may be at work stays", { daysAgo: 1, state: "incomplete" }, true, /may be a run at work/],
    ["a damaged one stays as long as a whole one", { daysAgo: 29, state: "damaged" }, true, /younger than 30 days/],
    ["an older damaged one goes", { daysAgo: 31, state: "damaged" }, false, /^it is damaged/],
    [
      "one that lost its manifest stays as long",
      { daysAgo: 20, state: "incomplete", with: { known: true } },
      true,
      /younger/,
    ],
    [
      "records alone go at once",
      { daysAgo: 0.1, state: "incomplete", with: { known: true, empty: true } },
      false,
      /only records/,
    ],
    [
      "one that nobody trusted signed is not touched",
      { daysAgo: 900, state: "untrusted" },
      true,
      /^not ours to remove/,
    ],
    [
      "a damaged one that is held stays",
      { daysAgo: 90, state: "damaged", standing: { held: { reason: "case 7", since: now } } },
      true,
      /^held/,
    ],
  ] satisfies [string, Sketch, boolean, RegExp][])("%s", (_what, sketch, keep, reason) => {
    const [decision] = run([sketch, ...good]);
    expect(decision).toMatchObject({ keep, reasons: [expect.stringMatching(reason)] });
  });

  test("nothing of it goes without a newer proven backup", () => {
    const [decision] = run([{ daysAgo: 60, state: "damaged" }, { daysAgo: 61, proven: true }, { daysAgo: 1 }]);
    expect(decision).toMatchObject({ keep: true, reasons: ["no proven backup is newer"] });
  });
});

describe("pruning is frozen", () => {
  const old = nightly(20, 200);
  const newest = (sketch: Partial<Sketch>): Sketch[] => [{ daysAgo: 0.5, proven: true, ...sketch }, ...old];

  test.each([
    [
      "fault 39: the newest backup is unlike its predecessors",
      newest({ standing: { anomalies: ["rows −90 %"] } }),
      /rows −90 %.*accept/,
    ],
    [
      "the newest backup failed its check",
      newest({ standing: { proven: undefined, failed: "sha256" } }),
      /failed its check: sha256/,
    ],
    ["the newest backup is damaged", [{ daysAgo: 0.2, state: "damaged" }, ...newest({})], /is damaged/],
    ["fault 15: a backup is from the future", newest({ daysAgo: -2 }), /from the future/],
    [
      "fault 15: an old entry is from the future",
      [...newest({}), { daysAgo: -0.1, state: "incomplete" }],
      /from the future/,
    ],
    ["nothing is proven", old.map((sketch) => ({ ...sketch, proven: false })), /no proven backup is newer than/],
    [
      "what is proven is older than what would go",
      [...Array.from({ length: 25 }, (_, at) => ({ daysAgo: 31 + at })), ...nightly(90, 200)],
      /no proven backup is newer than/,
    ],
  ] satisfies [string, Sketch[], RegExp][])("when %s", (_what, sketches, why) => {
    const decisions = run(sketches);
    expect(decisions.every(({ keep }) => keep)).toBe(true);
    expect(of(decisions, 0).frozen).toMatch(why);
    const due = decisions.filter((decision) => decision.due);
    expect(due.length).toBeGreaterThan(0);
    expect(due[0]?.reasons.at(-1)).toMatch(/^pruning is frozen: /);
  });

  test.each([
    ["ahead of", 2 * day, /^this machine's clock is 2 d ahead of the store's$/],
    ["behind", -2 * day, /^this machine's clock is 2 d behind the store's$/],
    ["6 min ahead of", 6 * minute, /^this machine's clock is 6 min ahead of the store's$/],
  ])("fault 15: when this machine's clock is %s the store's", (_what, skew, why) => {
    expect(of(run(newest({}), later(skew)), 0).frozen).toMatch(why);
  });

  test("fault 15: when the clock that made the newest backup was wrong, in either direction", () => {
    for (const skew of [2 * day, -2 * day]) {
      const made = sketched({ daysAgo: 5, proven: true, sequence: 99_999 }, later(-skew));
      const stored = new Date(now.getTime() - 5 * day);
      const decisions = decide(
        [{ ...made, stored }, ...old.map((sketch) => sketched(sketch, now))],
        defaultPolicy,
        now,
      );
      expect(of(decisions, 0).frozen).toMatch(/the clock that made the newest backup.*2 d/);
    }
  });

  test("but not by 4 minutes, by an older backup's anomaly, or by what was copied into the store later", () => {
    const [today = { daysAgo: 0 }, ...rest] = newest({});
    const odd = { daysAgo: 1, proven: true, standing: { anomalies: ["rows −90 %"] } };
    const copied = { daysAgo: 2, proven: true, with: { stored: later(-day) } };
    const decisions = run([today, odd, copied, ...rest], later(4 * minute));
    expect(of(decisions, 0).frozen).toBeUndefined();
    expect(decisions.some(({ keep }) => !keep)).toBe(true);
  });
});

test("fault 15: the sequence is the order, although a clock that was wrong named and dated them otherwise", () => {
  const at = (daysAgo: number, sequence: number, proven: boolean) => ({ daysAgo, sequence, proven });
  // The last of these was made by a clock ten days behind.
  const decisions = run([at(50, 1, true), at(49, 2, true), at(48, 3, true), at(58, 4, true)]);
  const last = of(decisions, 3);
  expect(last.reasons).toContain("the newest proven backup");
});
