import { GoliveError } from "@golive/errors/golive-error.ts";
import { type Manifest, totalRows } from "../catalogue/manifest.ts";
import { readRecipients, readSignerOf, readTrust } from "../config/keys.ts";
import { readPostgresConfig } from "../config/postgres.ts";
import { bytesText, countText } from "../format.ts";
import { listDatabases } from "../postgres/list-databases.ts";
import { takeBackups } from "../runs/take-backups.ts";
import { openStores } from "../storage/open-stores.ts";
import type { Input, Verb, World } from "./verb.ts";

const reasons = ["scheduled", "manual", "point-in-time"] as const;

export const run: Verb = {
  words: "run",
  about: "back databases up into the store, or into several at once",
  details:
    "Streams pg_dump through zstd and age into every store that BACKUP_STORES names, without a file on disk. Rows are counted and " +
    "hashed in the dump's own snapshot. The backup counts when its signed manifest is written, and that is the last step; a run " +
    "that fails leaves nothing that could be taken for a backup. With several databases or stores, one that fails does not keep " +
    "the others from theirs; the run then ends with an error that says which has what.",
  args: [],
  options: [
    { flags: "--database <names>", about: "databases, with commas between them (default: PGDATABASE)" },
    { flags: "--all", about: "every database of the server but templates" },
    { flags: "--include <pattern...>", about: "these tables alone, as pg_dump's --table; large objects are left out" },
    { flags: "--exclude <pattern...>", about: "without these tables, as pg_dump's --exclude-table" },
    { flags: "--reason <why>", about: `${reasons.join(", ")}: for the manifest (default: scheduled)` },
  ],
  examples: [
    "golive-backup run",
    "golive-backup run --database app,billing --json",
    "golive-backup run --all",
    "golive-backup run --exclude 'audit.*' --reason manual",
  ],
  reads: ["postgres", "store", "keys"],
  exits: [
    "USAGE",
    "CONFIG_INVALID",
    "TOOL_MISSING",
    "DISK_FULL",
    "LOCKED",
    "DATABASE_UNREACHABLE",
    "STORE_UNREACHABLE",
    "BACKUP_FAILED",
    "INTERRUPTED",
  ],
  notifies: "backup",
  async run(world, input) {
    const { reason, include, exclude } = input.options as { reason?: string; include?: string[]; exclude?: string[] };
    if (reason !== undefined && !(reasons as readonly string[]).includes(reason))
      throw new GoliveError("USAGE", `--reason ${reason} is not known`, `Give one of ${reasons.join(", ")}.`);
    const { databases, postgres } = await chosen(world, input);
    const manifests = await takeBackups(
      {
        ...world,
        postgres,
        stores: openStores(world).all,
        recipients: readRecipients(world.env),
        signer: readSignerOf(world.env),
        trusted: readTrust(world.env),
      },
      databases,
      { reason: (reason ?? "scheduled") as Manifest["reason"], include: include ?? [], exclude: exclude ?? [] },
    );
    return {
      // One database, one manifest: what programs have read so far stays where it is.
      json: input.options.all || manifests.length !== 1 ? { backups: manifests } : manifests[0],
      text: manifests.map(manifestText).join("\n"),
      notable: manifests.flatMap(({ database, anomalies }) =>
        anomalies.map((text) => `backup of ${JSON.stringify(database)}: ${text}`),
      ),
      about: manifests.flatMap(({ database, anomalies }) => (anomalies.length > 0 ? [database] : [])),
    };
  },
};

async function chosen(world: World, { options }: Input) {
  const { database, all } = options as { database?: string; all?: boolean };
  if (database !== undefined && all)
    throw new GoliveError("USAGE", "--database and --all are both given", "Give one of them.");
  if (all) {
    const postgres = readPostgresConfig({ PGDATABASE: "postgres", ...world.env });
    const databases = await listDatabases(postgres, world.signal);
    if (databases.length > 0) return { postgres, databases };
    throw new GoliveError("BACKUP_FAILED", "the server has no database to back up", "Check PGHOST and PGPORT.");
  }
  if (database === undefined) {
    const postgres = readPostgresConfig(world.env);
    return { postgres, databases: [postgres.database] };
  }
  const databases = [...new Set(database.split(",").filter((name) => name !== ""))];
  const [first] = databases;
  if (first === undefined) throw new GoliveError("USAGE", "--database names none", "Give at least one name.");
  return { postgres: readPostgresConfig({ ...world.env, PGDATABASE: first }), databases };
}

function manifestText(manifest: Manifest): string {
  const { id, database, dump, tables, warnings, anomalies, retainUntil } = manifest;
  const seconds = (Date.parse(manifest.finished) - Date.parse(manifest.started)) / 1000;
  const locked = retainUntil === null ? "" : `, locked until ${retainUntil}`;
  return [
    `backup ${id} of database ${JSON.stringify(database)}: ${bytesText(dump.bytes)} (${bytesText(dump.plain.bytes)} plain), ${countText(tables.length)} tables, ${countText(totalRows(tables))} rows, ${seconds.toFixed(1)} s${locked}`,
    ...warnings.map((line) => `warning: ${line}`),
    ...anomalies.map((line) => `anomaly: ${line}; pruning stops until somebody runs \`golive-backup accept ${id}\``),
  ].join("\n");
}
