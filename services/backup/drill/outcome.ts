import type { DrillPhases, RecordOf } from "../catalogue/records.ts";
import { countText } from "../format.ts";
import type { InvariantResult } from "./invariants.ts";
import type { Blame } from "./verdict.ts";

/** All that one drill found out. */
export interface DrillOutcome {
  readonly database: string;
  readonly id: string;
  readonly plane: "dump" | "point-in-time";
  readonly outcome: "passed" | "failed";
  /** Whose fault a failure is; null when there is none. */
  readonly blame: Blame | null;
  readonly problem: string | null;
  /** When it began. */
  readonly at: string;
  /** Seconds of each step; the total is the time to recover. Null when it did not come to its end. */
  readonly phases: DrillPhases | null;
  /**
   * The writes that would have been lost at the moment when the drill began. Of a dump: how old its snapshot was. Of a point in time: how
   * far the archive was behind. Null where it is not known.
   */
  readonly recoveryPointSeconds: number | null;
  readonly tables: number;
  readonly rows: number;
  /** Of the tables, those that are to the last row as the manifest says; null where that is asked of all. */
  readonly exactTables: number | null;
  /** Everything that is not as the manifest says, in words. */
  readonly differences: readonly string[];
  readonly invariants: readonly InvariantResult[];
  readonly serverVersion: string | null;
  /** Whose identity opened it. */
  readonly recipient: string | null;
  /** What is worth a look and no fault. */
  readonly warnings: readonly string[];
}

/** A problem is kept in the ledger, where a thousand differences would be no help. */
const longestProblem = 2_000;

/** The outcome as the ledger keeps it. */
export function recordOf(outcome: DrillOutcome): RecordOf<"drilled"> {
  const { database, id, at, plane, blame, phases, tables, rows, exactTables } = outcome;
  const { serverVersion, recipient, recoveryPointSeconds } = outcome;
  return {
    version: 1,
    kind: "drilled",
    ...{ database, id, at, plane, blame, phases, tables, rows, exactTables },
    ...{ serverVersion, recipient, recoveryPointSeconds },
    outcome: outcome.outcome,
    problem: outcome.problem === null ? null : outcome.problem.slice(0, longestProblem),
    invariants: outcome.invariants.map(({ name, passed, found }) => ({ name, passed, found })),
  };
}

/** The word that a report begins with. */
const verdictText = ({ outcome, blame, plane }: Pick<DrillOutcome, "outcome" | "blame" | "plane">): string =>
  blame === "drill" ? "the drill itself broke; nothing is said about the backup" : verdicts[plane][outcome];

const verdicts = {
  dump: {
    passed: "green: it restores to what its manifest says",
    failed: "RED: it does not restore to what its manifest says",
  },
  "point-in-time": {
    passed: "green: the archive gives back what was dumped at that moment",
    failed: "RED: the archive does not give back what was dumped at that moment",
  },
} as const;

/** How many differences and invariants of one kind a report for people lists. */
const listed = 20;

export function drillText(outcome: DrillOutcome): string {
  const { database, id, plane, problem, phases, tables, rows, exactTables } = outcome;
  const { differences, invariants, recipient } = outcome;
  const age = outcome.recoveryPointSeconds;
  const held = invariants.filter(({ passed }) => passed).length;
  const broken = invariants.filter(({ passed }) => !passed);
  return [
    `drill of backup ${id} of database ${JSON.stringify(database)}${plane === "dump" ? "" : ", recovered to a point in time"}: ${verdictText(outcome)}`,
    ...(problem === null ? [] : [`problem: ${problem}`]),
    ...some(differences).map((line) => `difference: ${line}`),
    ...(tables > 0 && outcome.outcome === "passed"
      ? [`compared: ${countText(rows)} rows in ${countText(tables)} tables, server ${outcome.serverVersion}`]
      : []),
    ...(exactTables === null ? [] : [`exactly as dumped: ${countText(exactTables)} of ${countText(tables)} tables`]),
    ...(invariants.length > 0 ? [`invariants: ${held} of ${invariants.length} hold`] : []),
    ...some(broken.map(({ name, found }) => `invariant ${name}: ${found}`)),
    ...(phases ? [`time to recover: ${phasesText(phases)}`] : []),
    ...(age === null ? [] : [`recovery point: ${recoveryPointText[plane](durationText(age))}`]),
    ...(recipient ? [`opened with the identity of ${recipient}`] : []),
    ...outcome.warnings.map((line) => `warning: ${line}`),
  ].join("\n");
}

const recoveryPointText = {
  dump: (age: string) => `the backup was ${age} old`,
  "point-in-time": (loss: string) => `the archive was at most ${loss} behind when the drill began`,
} as const;

function phasesText({ total, ...steps }: DrillPhases): string {
  const parts = Object.entries(steps).map(([name, seconds = 0]) => `${name} ${durationText(seconds)}`);
  return `${durationText(total)} (${parts.join(", ")})`;
}

/** As in "2 h 5 min", "3 min 20 s", "4.2 s". */
function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const [minutes, rest] = [Math.floor(seconds / 60), Math.floor(seconds % 60)];
  return minutes < 60 ? `${minutes} min ${rest} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const some = (lines: readonly string[]): string[] =>
  lines.length <= listed ? [...lines] : [...lines.slice(0, listed), `and ${lines.length - listed} more`];
