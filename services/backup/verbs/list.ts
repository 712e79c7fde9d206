import { overview, type Row } from "../care/overview.ts";
import { readTrust } from "../config/keys.ts";
import { readRetentionPolicy } from "../config/retention.ts";
import { ageText, bytesText, countText, tableText } from "../format.ts";
import { openStores } from "../storage/open-stores.ts";
import type { Verb } from "./verb.ts";

export const list: Verb = {
  words: "list",
  about: "list the backups, newest first, and what pruning would do",
  details:
    "Reads the signed manifests and records of every store. What has no manifest is shown as incomplete, what does not fit its " +
    "manifest as damaged, what nobody trusted signed as untrusted; none of them counts as a backup. PRUNE says what the next " +
    "prune would do: keep, remove, or frozen when it would remove but must not; `show` and --json tell why.",
  args: [],
  options: [{ flags: "--database <name>", about: "backups of this database alone, by its exact name" }],
  examples: ["golive-backup list", "golive-backup list --database app --json"],
  reads: ["store", "keys", "retention"],
  exits: ["CONFIG_INVALID", "STORE_UNREACHABLE", "BACKUP_FAILED", "INTERRUPTED"],
  async run(world, { options }) {
    const database = typeof options.database === "string" ? options.database : undefined;
    const seen = await overview(
      {
        stores: openStores(world).all,
        trusted: readTrust(world.env),
        policy: readRetentionPolicy(world.env),
        now: world.now,
      },
      database,
    );
    const rows = seen.map(({ row }) => row);
    return { json: listDocument(rows), text: listText(rows, world.now()) };
  },
};

export function listDocument(rows: readonly Row[]): {
  readonly backups: readonly Row[];
  readonly others: readonly Row[];
} {
  return {
    backups: rows.filter(({ state }) => state === "complete"),
    others: rows.filter(({ state }) => state !== "complete"),
  };
}

/** The same columns for every row; the store only when there are several. */
export function listText(rows: readonly Row[], now: Date): string {
  if (rows.length === 0) return "no backups yet; `golive-backup run` makes one";
  const several = new Set(rows.map(({ store }) => store)).size > 1;
  const head = ["ID", "AGE", "SIZE", "DATABASE", "ROWS", "PROVEN", "DRILLED", "HELD", "LOCKED", "PRUNE"];
  const cells = rows.map((row) => cellsOf(row, now));
  const table = [head, ...cells].map((line, at) => [...line, ...(several ? [rows[at - 1]?.store ?? "STORE"] : [])]);
  return `${tableText(table, [2, 4])}\n\n${summary(rows)}`;
}

function cellsOf(row: Row, now: Date): string[] {
  const name = /^[\w-]+$/.test(row.database) ? row.database : JSON.stringify(row.database);
  const since = (at: string | null) => (at === null ? "-" : ageText(new Date(at), now));
  const locked = row.lockedUntil !== null && new Date(row.lockedUntil) > now ? row.lockedUntil.slice(0, 10) : "-";
  return [
    row.id,
    row.started === undefined ? row.state : ageText(new Date(row.started), now),
    bytesText(row.bytes),
    name,
    row.rows === undefined ? "-" : countText(row.rows),
    row.failed === null ? since(row.proven) : "FAILED",
    since(row.drilled),
    row.held === null ? "-" : "held",
    locked,
    pruneWord(row.prune),
  ];
}

const pruneWord = ({ keep, due }: Row["prune"]): string => (due ? (keep ? "frozen" : "remove") : "keep");

function summary(rows: readonly Row[]): string {
  const good = rows.filter(({ state }) => state === "complete").length;
  const others = rows.length - good;
  const frozen = new Map(
    rows.flatMap(({ database, prune }) => (prune.frozen ? [[database, prune.frozen] as const] : [])),
  );
  return [
    `${good} ${good === 1 ? "backup" : "backups"}${others > 0 ? `; ${others} more that do not count` : ""}`,
    ...[...frozen].map(([database, why]) => `pruning of ${JSON.stringify(database)} is frozen: ${why}`),
  ].join("\n");
}
