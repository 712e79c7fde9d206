import { GoliveError } from "@golive/errors/golive-error.ts";
import { readMonitorConfig } from "../config/monitor.ts";
import { readEnvironmentName } from "../config/notify.ts";
import { tableText } from "../format.ts";
import type { CheckResult, HealthReport } from "../monitor/checks.ts";
import { type Heartbeat, heartbeat } from "../monitor/heartbeat.ts";
import { look } from "../monitor/look.ts";
import { statusOf } from "../monitor/verdict.ts";
import { allDatabases } from "../notify/last-told.ts";
import { tell } from "../notify/notifying.ts";
import type { RunOutcome } from "../notify/what-to-tell.ts";
import { asStoreFailure } from "../storage/store-failure.ts";
import type { Result, Verb, World } from "./verb.ts";

export const monitor: Verb = {
  words: "monitor",
  about: "make the seven health checks of the backups",
  details:
    "Looks at the age of the newest proven backup, at the last runs, at size and rows, at signatures and the bytes of one backup, " +
    "at the stores, at drills, and at the server's WAL archiver. It reads and never writes, but for a note of what people were " +
    "told. Its exit statuses are those of monitoring plugins (Nagios, Icinga, Sensu), not those of the other verbs.",
  args: [],
  options: [],
  examples: ["golive-backup monitor", "golive-backup monitor --json"],
  reads: ["monitor", "store", "keys", "postgres", "notify"],
  exits: [],
  statuses: {
    [statusOf.ok]: "OK: every check is",
    [statusOf.warn]: "WARNING: somebody should look",
    [statusOf.fail]: "CRITICAL: at least one check failed (and, as everywhere, a wrong command line)",
    [statusOf.unknown]: "UNKNOWN: something could not be seen, or the checks could not be made",
  },
  async run(world) {
    const beat = beatOf(world);
    await beat?.begin();
    try {
      const { report } = await look(world, { sample: true });
      await tellOf(world, outcomeOf(report));
      await beat?.end(report.state);
      return { json: report, text: reportText(report), exit: statusOf[report.state] };
    } catch (thrown) {
      if (world.signal.aborted) throw thrown;
      const result = notMade(thrown, world.now());
      await tellOf(world, { state: "failing", text: result.text });
      await beat?.end("unknown");
      return result;
    }
  },
};

/** Undefined with a configuration that cannot be read; the look then says why. */
function beatOf(world: World): Heartbeat | undefined {
  try {
    return heartbeat(readMonitorConfig(world.env), readEnvironmentName(world.env), world.report);
  } catch {
    return undefined;
  }
}

const tellOf = (world: World, outcome: RunOutcome) => tell(world, { kind: "monitor", database: allDatabases }, outcome);

function outcomeOf(report: HealthReport): RunOutcome {
  if (report.state === "ok") return { state: "well", text: "every check is ok" };
  const bad = report.checks.filter(({ state }) => state !== "ok");
  return {
    state: report.state === "fail" ? "failing" : "anomalous",
    text: bad.map((result) => `${result.state}: ${subjectOf(result)}: ${result.message}`).join("\n"),
    // As bad as the worst: another check that turns red is news, although something was red before.
    about: bad.filter(({ state }) => state === report.state).map(subjectOf),
  };
}

/** The checks could not be made: neither good nor bad news. */
function notMade(thrown: unknown, now: Date): Result {
  const known = asStoreFailure(thrown);
  const error = known instanceof Error ? known : new Error(String(known));
  const { code, hint } =
    error instanceof GoliveError ? error : { code: "INTERNAL", hint: "Run it again with --debug for the stack." };
  return {
    json: { at: now.toISOString(), state: "unknown", checks: [], error: { code, message: error.message, hint } },
    text: `UNKNOWN: the checks could not be made: ${error.message}\nhint: ${hint}`,
    exit: statusOf.unknown,
  };
}

const words = { ok: "OK", warn: "WARNING", fail: "CRITICAL", unknown: "UNKNOWN" } as const;

/** The first line is what monitoring systems show. */
export function reportText({ state, checks }: HealthReport): string {
  const bad = checks.filter((result) => result.state !== "ok");
  const first =
    bad.length === 0
      ? `${checks.length} checks`
      : bad.map((result) => `${subjectOf(result)}: ${result.message}`).join("; ");
  const rows = checks.map((result) => [words[result.state], subjectOf(result), result.message]);
  return `${words[state]}: ${first}\n\n${tableText(rows)}`;
}

const subjectOf = ({ check, database }: CheckResult): string =>
  database === null ? check : `${check} of ${JSON.stringify(database)}`;
