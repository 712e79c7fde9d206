import type { Complete } from "../catalogue/catalogue.ts";
import type { RecordOf } from "../catalogue/records.ts";
import type { Limits } from "../config/monitor.ts";
import { secondsSince, spanText } from "./span.ts";
import { type Finding, fail, ok, warn } from "./verdict.ts";

export type Drill = RecordOf<"drilled">;
export type Plane = Drill["plane"];

/** Newest first. */
export function drillsOf(backups: readonly Complete[], plane: Plane): Drill[] {
  return backups
    .flatMap(({ records }) => records)
    .filter((record): record is Drill => record.kind === "drilled" && record.plane === plane)
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

/** Check 6: whether a restore was tried lately, came out right, and was fast enough. */
export function judgeDrills(backups: readonly Complete[], now: Date, limits: Limits): Finding[] {
  if (backups.length === 0) return [];
  const { drill } = limits.everySeconds;
  const archive = limits.pointInTimeDrillSeconds;
  const dumps = drillsOf(backups, "dump");
  const recovered = drillsOf(backups, "point-in-time");
  return [
    ...(judgePlane("drill", dumps, drill, now, limits) ?? [neverDrilled("drill", backups, drill, now, limits)]),
    // Not every server has an archive of its log, nor a schedule that drills it: then what people drilled counts.
    ...(judgePlane("point-in-time drill", recovered, archive ?? drill, now, limits) ??
      (archive === undefined ? [] : [neverDrilled("point-in-time drill", backups, archive, now, limits)])),
  ];
}

function judgePlane(
  what: string,
  drills: readonly Drill[],
  everySeconds: number,
  now: Date,
  { graceSeconds, rtoSeconds }: Limits,
): Finding[] | undefined {
  const [last] = drills;
  if (last === undefined) return undefined;
  const findings: Finding[] = [];
  const problem = last.problem ?? "no reason was noted";
  if (last.outcome === "failed" && last.blame === "backup")
    findings.push(fail(`the ${what} of ${last.id} was red: ${problem}`));
  else if (last.outcome === "failed")
    findings.push(warn(`the last ${what} broke and says nothing about the backup: ${problem}`));
  const limit = everySeconds + graceSeconds;
  const passed = drills.find(({ outcome }) => outcome === "passed");
  if (passed === undefined) return [...findings, ...(findings.length > 0 ? [] : [fail(`no ${what} ever passed`)])];
  const age = secondsSince(passed.at, now);
  const words = `the ${what} of ${passed.id} passed ${spanText(age)} ago`;
  findings.push(
    age > limit ? fail(`${words}, one is due every ${spanText(everySeconds)}`, age, limit) : ok(words, age, limit),
  );
  const took = passed.phases?.total;
  if (took !== undefined && took > rtoSeconds)
    findings.push(
      fail(`the restore took ${spanText(took)}, the objective is ${spanText(rtoSeconds)}`, took, rtoSeconds),
    );
  return findings;
}

function neverDrilled(
  what: string,
  backups: readonly Complete[],
  everySeconds: number,
  now: Date,
  { graceSeconds }: Limits,
): Finding {
  const limit = everySeconds + graceSeconds;
  const oldest = Math.max(...backups.map(({ stored }) => secondsSince(stored, now)));
  return oldest > limit
    ? fail(`no ${what} was ever made, one is due every ${spanText(everySeconds)}`, oldest, limit)
    : warn(`no ${what} was made yet: that it restores is not known`, oldest, limit);
}
