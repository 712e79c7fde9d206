import { GoliveError } from "@golive/errors/golive-error.ts";
import { given, runVerb } from "../backup/job-verb.ts";
import { consent } from "../core/consent.ts";
import { type Flag, type Input, type Result, stackFlag, text, verb, yesFlag } from "../core/verb.ts";
import type { World } from "../core/world.ts";
import { readSettings, type Settings, stackName } from "../stack/settings.ts";
import { askWhat } from "./ask-what.ts";

/** How anything is restored: passed on to the job under the same names. */
const how = {
  owner: { value: "role", about: "all belongs to this role" },
  "no-owner": { about: "all belongs to the role that restores" },
  "no-acl": { about: "without the rights of other roles" },
  "no-tablespaces": { about: "all tables in the default tablespace" },
  "no-publications": { about: "without publications" },
  "no-subscriptions": { about: "without subscriptions; with them, they come disabled" },
  "create-roles": { about: "make missing roles from the backup, without login, password or powers" },
  "no-safety-backup": { about: "replace without a backup of the live database first; needs --reason" },
  reason: { value: "text", about: "why there is no backup first" },
} as const satisfies Readonly<Record<string, Flag>>;

/** The same, with what is restored and where to. */
const passed = {
  into: { value: "database", about: "restore into this new database, beside those that there are" },
  replace: { about: "restore beside the live database, compare, and swap them; golive undo swaps them back" },
  before: { value: "time", about: "the newest proven backup that shows a moment not after this one" },
  database: { value: "name", about: "backups of this database (default: the application's)" },
  table: { value: "schema.table", type: "list", about: "this table alone; may be given several times" },
  schema: { value: "name", type: "list", about: "this schema alone; may be given several times" },
  as: { value: "schema.table", about: "with one --table: put its rows into the live database under this name" },
  unproven: { about: "also one that nothing has proven yet, or that failed its last check" },
  "allow-unsigned": { about: "also one that no trusted key signed; anybody may have made it" },
  ...how,
} as const satisfies Readonly<Record<string, Flag>>;

export const restore = verb({
  about: "restore a backup, or a moment, beside the live database or in its place",
  details:
    "Restores into a database of its own first and compares every row with what was backed up. With --into it stays there; with " +
    "--replace it takes the live database's place by a rename, after a backup of what is live, and what was live is kept for golive " +
    "undo. With --at the moment comes from the archive of the write-ahead log, by way of a database server of its own. Without " +
    "arguments, on a terminal, it asks.",
  args: [{ name: "backup", about: "the backup's id, or latest; golive backup list shows them" }],
  flags: {
    ...passed,
    at: { value: "time", about: "the moment to go back to, like 2026-11-24T12:30:00Z" },
    yes: yesFlag,
    stack: stackFlag,
  },
  json: true,
  examples: [
    { run: "golive restore latest --into app_restored", about: "then look; the live database goes on" },
    { run: "golive restore latest --replace", about: "asks, swaps, and tells how to undo it" },
    { run: "golive restore latest --table public.orders --as public.orders_old", about: "one table, beside today's" },
    { run: "golive restore --at 2026-11-24T12:30:00Z --replace", about: "undo the last hour" },
  ],
  exits: [
    "CONFIG_INVALID",
    "CONTEXT_REFUSED",
    "CLUSTER_UNREACHABLE",
    "STORE_UNREACHABLE",
    "DATABASE_UNREACHABLE",
    "TOOL_MISSING",
    "DISK_FULL",
    "LOCKED",
    "BACKUP_FAILED",
    "BACKUP_NOT_FOUND",
    "BACKUP_DAMAGED",
    "BACKUP_UNDECRYPTABLE",
    "RESTORE_REFUSED",
    "RESTORE_MISMATCH",
    "RESTORE_TARGET_EXISTS",
    "UNHEALTHY",
    "INTERRUPTED",
  ],
  async run(world, input) {
    const settings = await readSettings(world, stackName(world, input));
    const asked = nothingSaid(input) && world.stdinIsTTY ? await askWhat(world, settings, input) : input;
    checkTogether(asked);
    if (text(asked, "at") !== undefined) return await toTime(world, settings, asked);
    await agreed(world, settings, asked);
    const job = ["restore", ...given(asked, [{ name: "backup", about: "" }], passed)];
    // People were asked here, where they are; the job has nobody to ask.
    const args = asked.replace === true ? ["restore", "--yes", ...job.slice(1)] : job;
    return await runVerb(world, settings, asked, { cronJob: "backup-restore", args });
  },
});

const nothingSaid = (input: Input) => [input.backup, input.before, input.at].every((value) => value === undefined);

/** Which backup and where to, each said once. */
function checkTogether(input: Input): void {
  const which = ["backup", "before", "at"].filter((name) => input[name] !== undefined);
  const where = ["into", "replace", "as"].filter((name) => input[name] !== undefined);
  if (which.length !== 1)
    throw new GoliveError(
      "USAGE",
      which.length === 0 ? "no backup and no moment is named" : `${which.join(" and ")} are given together`,
      "Name one: an id, latest, --before <time> or --at <time>; `golive backup list` shows the backups.",
    );
  if (where.length !== 1)
    throw new GoliveError(
      "USAGE",
      where.length === 0
        ? "it is not said where to restore"
        : `${where.map((name) => `--${name}`).join(" and ")} are given together`,
      "Say --into <database> for a new database, or --replace to take the live one's place.",
    );
  const part = ["table", "schema", "as"].find((name) => input[name] !== undefined);
  if (part !== undefined && (input.replace === true || input.at !== undefined))
    throw new GoliveError(
      "USAGE",
      `--${part} is given with ${input.at === undefined ? "--replace" : "--at"}`,
      "Restore a part with --into into a new database, or one --table beside the live one with --as.",
    );
}

async function agreed(world: World, settings: Settings, input: Input): Promise<void> {
  if (input.replace !== true) return;
  const backup = text(input, "backup");
  const database = text(input, "database") ?? "the application's database";
  await consent(
    world,
    input,
    `Replace ${database} of stack ${settings.stack} by ${backup ?? `the newest backup before ${input.before}`}? ` +
      "What is live now is kept, and golive undo brings it back.",
    `golive restore ${backup ?? `--before ${input.before}`} --replace --yes`,
  );
}

/** By way of the archive of the write-ahead log, which asks for itself. */
async function toTime(world: World, settings: Settings, input: Input): Promise<Result> {
  const { restoreToTime } = await import("../point-in-time/restore-at.ts");
  const [at, into, database] = [text(input, "at") ?? "", text(input, "into"), text(input, "database")];
  const {
    exit,
    text: shown,
    json,
  } = await restoreToTime(world, settings, {
    at,
    replace: input.replace === true,
    yes: input.yes === true,
    how: given(input, [], how),
    ...(into === undefined ? {} : { into }),
    ...(database === undefined ? {} : { database }),
  });
  return { exit, text: shown, ...(json === undefined ? {} : { json }) };
}
