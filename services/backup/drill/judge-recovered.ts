import type { Manifest } from "../catalogue/manifest.ts";
import type { PostgresConfig } from "../config/postgres.ts";
import { connect } from "../postgres/session.ts";
import type { Report } from "../progress.ts";
import { differenceText, invariantVerdict, summary } from "./attempt.ts";
import { compareServer, type Tolerance } from "./compare-server.ts";
import { checkInvariants, type Invariant, type InvariantResult } from "./invariants.ts";
import { failed, type Verdict } from "./verdict.ts";

/** What was found on a recovered server; filled on the way. */
export interface RecoveredFindings {
  tables: number;
  rows: number;
  exactTables: number | null;
  differences: readonly string[];
  invariants: readonly InvariantResult[];
  serverVersion: string | null;
  readonly warnings: string[];
  /** Seconds. */
  readonly seconds: { compare?: number; invariants?: number };
}

export const nothingFound = (warnings: readonly string[]): RecoveredFindings => ({
  tables: 0,
  rows: 0,
  exactTables: null,
  differences: [],
  invariants: [],
  serverVersion: null,
  warnings: [...warnings],
  seconds: {},
});

export interface JudgeWorld {
  /** The recovered server, and the database to look at. */
  readonly postgres: PostgresConfig;
  readonly invariants: readonly Invariant[];
  readonly invariantSeconds: number;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** Holds a recovered server against the manifest of a dump, then asks the application's invariants. */
export async function judgeRecovered(
  { postgres, invariants, invariantSeconds, report, signal }: JudgeWorld,
  manifest: Manifest,
  tolerance: Tolerance,
  findings: RecoveredFindings,
): Promise<Verdict> {
  const { seconds } = findings;
  await using session = await connect(postgres, postgres.database, signal);
  findings.serverVersion = session.serverVersion;
  const from = performance.now();
  const { exact, near, beyond, tables, rows } = await compareServer(session, manifest, tolerance, report);
  seconds.compare = (performance.now() - from) / 1000;
  Object.assign(findings, { exactTables: exact, tables, rows, differences: beyond.map(differenceText) });
  findings.warnings.push(...near.map((word) => `within the tolerance: ${word}`));
  if (beyond.length > 0) return failed("backup", summary(findings.differences));

  const asked = performance.now();
  findings.invariants = await checkInvariants(session, invariants, { seconds: invariantSeconds, report });
  if (invariants.length > 0) seconds.invariants = (performance.now() - asked) / 1000;
  return invariantVerdict(findings.invariants);
}
