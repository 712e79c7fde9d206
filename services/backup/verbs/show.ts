import { oneDatabase } from "../care/hold.ts";
import { overview, type Seen } from "../care/overview.ts";
import { lockText } from "../care/remove-backup.ts";
import { parseKey } from "../catalogue/keys.ts";
import type { BackupRecord } from "../catalogue/records.ts";
import { readTrust } from "../config/keys.ts";
import { readRetentionPolicy } from "../config/retention.ts";
import { bytesText, countText } from "../format.ts";
import { openStores } from "../storage/open-stores.ts";
import type { Verb } from "./verb.ts";

export const show: Verb = {
  words: "show",
  about: "tell everything that is known of one backup",
  details:
    "Its manifest, its history from the signed records, until when the store locks it, and why pruning would keep or remove it; " +
    "for each store that has it.",
  args: [{ name: "id", about: "id of the backup, as `golive-backup list` shows it" }],
  options: [{ flags: "--database <name>", about: "needed when several databases have a backup of that id" }],
  examples: ["golive-backup show 2026-11-24T020013Z-3f9c1a", "golive-backup show 2026-11-24T020013Z-3f9c1a --json"],
  reads: ["store", "keys", "retention"],
  exits: ["USAGE", "CONFIG_INVALID", "STORE_UNREACHABLE", "BACKUP_FAILED", "BACKUP_NOT_FOUND", "INTERRUPTED"],
  async run(world, { args: [id = ""], options }) {
    const database = typeof options.database === "string" ? options.database : undefined;
    const trusted = readTrust(world.env);
    const policy = readRetentionPolicy(world.env);
    const all = await overview({ stores: openStores(world).all, trusted, policy, now: world.now }, database);
    const seen = all.filter(({ entry }) => entry.id === id);
    oneDatabase(
      seen.map(({ entry }) => entry),
      id,
    );
    const shown = await Promise.all(seen.map(detailsOf));
    return { json: { copies: shown }, text: shown.map(detailsText).join("\n\n") };
  },
};

type Details = Awaited<ReturnType<typeof detailsOf>>;

async function detailsOf({ store, entry, row }: Seen) {
  const files = entry.keys.filter((key) => parseKey(key)?.kind !== "record");
  const locks = await Promise.all(files.map((key) => store.lockedUntil(key)));
  const latest = Math.max(0, ...locks.map((at) => at?.getTime() ?? 0));
  return {
    ...row,
    lockedUntil: latest === 0 ? null : new Date(latest).toISOString(),
    files,
    records: entry.records,
    manifest: entry.state === "complete" ? entry.manifest : null,
  };
}

function detailsText(details: Details): string {
  const { id, database, store, state, problem, manifest, held, leased, prune, records, anomalies, lockedUntil } =
    details;
  return [
    `backup ${id} of database ${JSON.stringify(database)} in ${store}: ${state}${problem === undefined ? "" : `, ${problem}`}`,
    ...(manifest === null
      ? []
      : [
          `made:     ${manifest.started} to ${manifest.finished}, ${manifest.reason}, number ${manifest.sequence}`,
          `holds:    ${countText(details.tables ?? 0)} tables, ${countText(details.rows ?? 0)} rows${manifest.scope.whole ? "" : ", a part of the database"}; ${bytesText(details.bytes)} stored, ${bytesText(manifest.dump.plain.bytes)} plain`,
          `server:   PostgreSQL ${manifest.server.version}, dumped by ${manifest.client.version}, at ${manifest.server.lsn}`,
          `sha256:   ${manifest.dump.sha256}`,
          `opens to: ${manifest.encryption.recipients.join(", ")}`,
          ...manifest.warnings.map((line) => `warning:  ${line}`),
        ]),
    ...anomalies.map((line) => `anomaly:  ${line}; nobody has accepted it`),
    `proven:   ${details.failed === null ? (details.proven ?? "never") : `no: ${details.failed}`}`,
    `drilled:  ${details.drilled ?? "never"}`,
    `held:     ${held === null ? "no" : `since ${held.since}: ${held.reason}`}`,
    ...(leased === null ? [] : [`read:     until ${leased.until} at most, by ${leased.by}`]),
    `locked:   ${lockedUntil === null ? "no" : `until ${lockText(new Date(lockedUntil))}`}`,
    `prune:    ${prune.keep ? "keeps" : "would remove"} it: ${prune.reasons.join("; ")}`,
    ...(records.length === 0 ? [] : ["history:", ...records.map((record) => `  ${historyLine(record)}`)]),
  ].join("\n");
}

function historyLine(record: BackupRecord): string {
  switch (record.kind) {
    case "verified":
      return `${record.at}  verified  ${record.outcome}, ${record.depth}, ${bytesText(record.bytes)} in ${record.seconds} s${because(record.problem)}`;
    case "drilled":
      return `${record.at}  drilled   ${record.outcome}, ${record.plane}, ${countText(record.rows)} rows${because(record.problem)}`;
    case "reading":
      return `${record.at}  reading   ${record.by}, until ${record.until}`;
    default:
      return `${record.at}  ${record.kind.padEnd(8)}  by ${record.by}: ${record.reason}`;
  }
}

const because = (problem: string | null): string => (problem === null ? "" : `: ${problem}`);
