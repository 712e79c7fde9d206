import { GoliveError } from "@golive/errors/golive-error.ts";
import { documentOf, runBackupJob } from "../backup/job.ts";
import { table } from "../core/table.ts";
import type { Input } from "../core/verb.ts";
import type { World } from "../core/world.ts";
import type { Settings } from "../stack/settings.ts";

/** A backup as `list --json` tells of it; what else stands there is not needed to choose one. */
interface Listed {
  readonly id: string;
  readonly database: string;
  readonly started?: string;
}

/** How many are shown: older ones are named by their id. */
const shown = 15;

/** Asks on the terminal which backup to restore and where to; the answers as if they had been flags. */
export async function askWhat(world: World, settings: Settings, input: Input): Promise<Input> {
  const { lines } = await runBackupJob(world, settings, {
    cronJob: "backup-list",
    args: ["list", "--json"],
    onLine: () => {},
  });
  const backups = ((documentOf(lines) as { backups?: Listed[] }).backups ?? []).slice(0, shown);
  if (backups.length === 0)
    throw new GoliveError("BACKUP_NOT_FOUND", "there is no backup yet", "Make one with `golive backup run`.");
  const rows = backups.map(({ id, database, started = "" }, at) => [String(at + 1), id, database, started]);
  world.note(table(rows, "  "));
  const answer = await world.ask("Which one? A number, an id, or latest:");
  const chosen = backups[Number(answer) - 1]?.id ?? answer;
  if (chosen === "") throw new GoliveError("USAGE", "no backup was chosen", "Run `golive restore` again.");
  if (input.into !== undefined || input.replace === true) return { ...input, backup: chosen };
  const into = await world.ask("Into which new database? Empty: in the place of the live one.");
  return { ...input, backup: chosen, ...(into === "" ? { replace: true } : { into }) };
}
