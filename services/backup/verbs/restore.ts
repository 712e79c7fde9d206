import { GoliveError } from "@golive/errors/golive-error.ts";
import { bytesText, countText } from "../format.ts";
import type { Choice } from "../restore/choose.ts";
import type { RestoreOptions, Target } from "../restore/options.ts";
import { type Part, parseRelation } from "../restore/part.ts";
import type { RestoreReport } from "../restore/report.ts";
import { restore as restoreBackup } from "../restore/restore.ts";
import { liveDatabase, restoreWorld } from "./restore-world.ts";
import type { Input, Verb, World } from "./verb.ts";

export const restore: Verb = {
  words: "restore",
  about: "restore a backup: into a new database, in the place of the live one, or one table beside it",
  details:
    "Checks the signature, then everything that would make the restore fail, and tells all of it at once. Restores under a name of " +
    "its own, compares every row, sequence and large object with the manifest, and only then gives the database its place. With " +
    "--replace the live database is backed up first and kept aside for `undo`; its sessions are ended, and clients wait for the " +
    "moment of the swap. Into another server: point the PG* variables at it. A part (--table, --schema) comes with all that belongs to it and what " +
    "it needs to be made; --table with --as puts its rows into the live database under another name.",
  args: [
    {
      name: "id",
      about: "id of the backup as `golive-backup list` shows it, or `latest` for the newest proven one",
      optional: true,
    },
  ],
  options: [
    { flags: "--into <database>", about: "name of the database to make" },
    {
      flags: "--replace [database]",
      about: "take the place of this live database (default: the one that was backed up)",
    },
    {
      flags: "--before <time>",
      about: "the newest proven backup that shows this moment or an earlier one, as in 2026-11-24T12:00:00Z",
    },
    { flags: "--database <name>", about: "choose among the backups of this database (default: PGDATABASE)" },
    { flags: "--unproven", about: "also one that nothing has proven yet, or that failed its last check" },
    { flags: "--allow-unsigned", about: "also one that no trusted key signed; anybody may have made it" },
    { flags: "--table <schema.table...>", about: "these tables alone, with what belongs to them" },
    { flags: "--schema <name...>", about: "these schemas alone" },
    { flags: "--as <schema.table>", about: "with one --table: put its rows into the live database under this name" },
    { flags: "--owner <role>", about: "all belongs to this role" },
    { flags: "--no-owner", about: "all belongs to the role that restores" },
    { flags: "--no-acl", about: "without the rights of other roles" },
    { flags: "--no-tablespaces", about: "all tables in the default tablespace" },
    { flags: "--no-publications", about: "without publications" },
    { flags: "--no-subscriptions", about: "without subscriptions; with them, they come disabled" },
    { flags: "--create-roles", about: "make missing roles from the backup, without login, password or powers" },
    { flags: "--jobs <count>", about: "tables loaded side by side (default: BACKUP_RESTORE_JOBS)" },
    { flags: "--no-safety-backup", about: "replace without a backup of the live database first; needs --reason" },
    { flags: "--reason <why>", about: "why there is no backup first" },
    { flags: "--yes", about: "replace without asking" },
  ],
  examples: [
    "golive-backup restore latest --into app_restored",
    "golive-backup restore 2026-11-24T020013Z-3f9c1a --replace --yes",
    "golive-backup restore --before 2026-11-24T12:00:00Z --replace",
    "golive-backup restore latest --table public.orders --as public.orders_yesterday",
    "golive-backup restore latest --schema billing --into billing_only",
  ],
  reads: ["postgres", "store", "keys", "restore"],
  exits: [
    "USAGE",
    "CONFIG_INVALID",
    "TOOL_MISSING",
    "DISK_FULL",
    "LOCKED",
    "STORE_UNREACHABLE",
    "DATABASE_UNREACHABLE",
    "BACKUP_FAILED",
    "BACKUP_NOT_FOUND",
    "BACKUP_DAMAGED",
    "BACKUP_UNDECRYPTABLE",
    "RESTORE_REFUSED",
    "RESTORE_MISMATCH",
    "RESTORE_TARGET_EXISTS",
    "INTERRUPTED",
  ],
  async run(world, input) {
    const options = readOptions(world, input);
    const made = restoreWorld(world, input.options.yes === true);
    const jobs = input.options.jobs === undefined ? made.jobs : count(input.options.jobs);
    const report = await restoreBackup({ ...made, jobs }, options);
    return { json: report, text: reportText(report) };
  },
};

/** The command line as data. @throws USAGE */
export function readOptions(world: World, { args: [id], options }: Input): RestoreOptions {
  const choice = readChoice(id, options.before);
  const target = readTarget(world, options);
  const owner = options.owner === false ? null : (options.owner as string | undefined);
  const unsaved = options.safetyBackup === false;
  if (unsaved && typeof options.reason !== "string")
    throw new GoliveError(
      "USAGE",
      "--no-safety-backup without a reason",
      "Say why with --reason; it is printed with the restore.",
    );
  return {
    choice,
    database:
      typeof choice === "object" && "id" in choice
        ? (options.database as string | undefined)
        : liveDatabase(world, options.database),
    target,
    part: readPart(options),
    unproven: options.unproven === true,
    allowUnsigned: options.allowUnsigned === true,
    owner,
    rights: options.acl !== false,
    tablespaces: options.tablespaces !== false,
    publications: options.publications !== false,
    subscriptions: options.subscriptions !== false,
    createRoles: options.createRoles === true,
    noSafetyBackup: unsaved ? String(options.reason) : undefined,
  };
}

function readChoice(id: string | undefined, before: unknown): Choice {
  if (before !== undefined) {
    if (id !== undefined && id !== "latest")
      throw new GoliveError("USAGE", "an id and --before are both given", "Give one of them.");
    const moment = new Date(String(before));
    // A moment without a zone is another one on another machine.
    if (Number.isNaN(moment.getTime()) || !/(Z|[+-]\d\d:?\d\d)$/.test(String(before)))
      throw new GoliveError(
        "USAGE",
        `--before ${before} is no moment`,
        "Write it as in 2026-11-24T12:00:00Z, with its zone.",
      );
    return { before: moment };
  }
  if (id === undefined)
    throw new GoliveError(
      "USAGE",
      "missing required argument 'id'",
      "Name a backup, or give `latest` or --before <time>.",
    );
  return id === "latest" ? "latest" : { id };
}

function readTarget(world: World, options: Input["options"]): Target {
  const { into, replace, as, table } = options as {
    into?: string;
    replace?: string | true;
    as?: string;
    table?: string[];
  };
  if ([into, replace, as].filter((one) => one !== undefined).length !== 1)
    throw new GoliveError(
      "USAGE",
      "it is not said where to restore to",
      "Give one of --into <new database>, --replace, or --table with --as.",
    );
  if (into !== undefined) return { kind: "into", database: into };
  if (as !== undefined) {
    const [from, ...more] = table ?? [];
    if (from === undefined || more.length > 0 || options.schema !== undefined)
      throw new GoliveError("USAGE", "--as is for one --table", "Give one --table, and its new name with --as.");
    return {
      kind: "table",
      database: liveDatabase(world, options.database),
      copy: { from: parseRelation(from), as: parseRelation(as) },
    };
  }
  if (table !== undefined || options.schema !== undefined)
    throw new GoliveError(
      "USAGE",
      "a part cannot take the place of a whole database",
      "Restore it with --into, or a table beside the live one with --as.",
    );
  return { kind: "replace", database: typeof replace === "string" ? replace : undefined };
}

function readPart({ table, schema }: Input["options"]): Part | undefined {
  const [tables, schemas] = [(table ?? []) as string[], (schema ?? []) as string[]];
  return tables.length + schemas.length === 0 ? undefined : { tables: tables.map(parseRelation), schemas };
}

function count(given: unknown): number {
  const value = Number(given);
  if (Number.isInteger(value) && value >= 1 && value <= 64) return value;
  throw new GoliveError("USAGE", `--jobs ${given} is not a number of processes`, "Give 1 to 64.");
}

function reportText(report: RestoreReport): string {
  const {
    id,
    from,
    into,
    mode,
    phases,
    tables,
    rows,
    bytes,
    jobs,
    gapMs,
    kept,
    undoUntil,
    safetyBackup,
    sessionsEnded,
  } = report;
  const what = mode === "replace" ? "in the place of" : "into";
  return [
    `restored ${id} of database ${JSON.stringify(from)} ${what} ${JSON.stringify(into)} in ${phases.total.toFixed(1)} s`,
    `compared: ${countText(rows)} rows in ${countText(tables)} tables, all as in the manifest`,
    `phases: fetch ${phases.fetch.toFixed(1)} s, restore ${phases.restore.toFixed(1)} s (${bytesText(bytes)}, ${jobs} at once), compare ${phases.compare.toFixed(1)} s, swap ${phases.swap.toFixed(1)} s`,
    ...(safetyBackup === null ? [] : [`before: backup ${safetyBackup} of what was there`]),
    ...(gapMs === null ? [] : [`clients waited ${gapMs} ms; ${sessionsEnded} sessions were ended`]),
    ...(kept === null
      ? []
      : [`kept: ${kept}; \`golive-backup undo --database ${JSON.stringify(into)}\` brings it back until ${undoUntil}`]),
    ...report.warnings.map((line) => `warning: ${line}`),
  ].join("\n");
}
