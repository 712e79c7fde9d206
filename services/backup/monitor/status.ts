import type { Complete } from "../catalogue/catalogue.ts";
import { totalRows } from "../catalogue/manifest.ts";
import type { HealthReport } from "./checks.ts";
import { drillsOf } from "./drill-age.ts";
import { backupsOf, type Facts } from "./facts.ts";
import { lineOf, newestProven, shownAt } from "./newest.ts";
import type { State } from "./verdict.ts";

interface BackupSummary {
  readonly id: string;
  /** The moment that it shows. */
  readonly at: string;
  readonly bytes: number;
  readonly rows: number;
}

/** What a page about the platform shows; holds no secret and no name of a table. */
export interface Status {
  readonly at: string;
  readonly state: State;
  readonly databases: readonly {
    readonly database: string;
    readonly backups: number;
    readonly lastBackup: BackupSummary | null;
    readonly lastProven: BackupSummary | null;
    readonly lastDrill: {
      readonly id: string;
      readonly at: string;
      readonly outcome: "passed" | "failed";
      readonly problem: string | null;
      /** From nothing to a compared database. */
      readonly rtoSeconds: number | null;
    } | null;
  }[];
  readonly checks: readonly Pick<
    HealthReport["checks"][number],
    "check" | "database" | "state" | "message" | "runbook"
  >[];
}

export function statusOfPlatform(facts: Facts, report: HealthReport): Status {
  const entries = "value" in facts.catalogue ? facts.catalogue.value : [];
  return {
    at: report.at,
    state: report.state,
    databases: facts.databases.map((database) => {
      const backups = backupsOf(entries, database);
      const [drill] = drillsOf(backups, "dump");
      return {
        database,
        backups: backups.length,
        lastBackup: summary(lineOf(backups)[0]),
        lastProven: summary(newestProven(backups)),
        lastDrill: drill
          ? {
              id: drill.id,
              at: drill.at,
              outcome: drill.outcome,
              problem: drill.problem,
              rtoSeconds: drill.phases?.total ?? null,
            }
          : null,
      };
    }),
    checks: report.checks.map(({ check, database, state, message, runbook }) => ({
      check,
      database,
      state,
      message,
      runbook,
    })),
  };
}

function summary(backup: Complete | undefined): BackupSummary | null {
  if (backup === undefined) return null;
  const { id, bytes, manifest } = backup;
  return { id, at: shownAt(backup).toISOString(), bytes, rows: totalRows(manifest.tables) };
}
