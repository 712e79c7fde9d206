import { GoliveError } from "@golive/errors/golive-error.ts";
import { readAccounts, readArchiver } from "../config/accounts.ts";
import { readLockConfig } from "../config/lock.ts";
import { readStoreConfig } from "../config/store.ts";
import { ensureBucket } from "../storage/bucket.ts";
import { s3Client } from "../storage/s3-client.ts";
import type { Verb } from "./verb.ts";

export const bucketEnsure: Verb = {
  words: "bucket ensure",
  about: "make the bucket of the backups, or check it",
  details:
    "Makes the bucket with versioning and Object Lock when it is not there; otherwise sees to both. A default lock that " +
    "is stronger than asked for stays as it is. In a versitygw of one's own it also makes three accounts, when files " +
    "with their keys are named, and the policy that gives each its part: the writer cannot delete, the reader cannot " +
    "write, the pruner cannot put. This verb alone needs the root keys. May be run any number of times.",
  args: [],
  options: [
    { flags: "--wait <seconds>", about: "how long to wait for a store that does not answer yet (default: 120)" },
  ],
  examples: ["golive-backup bucket ensure", "BACKUP_LOCK_DAYS=30 golive-backup bucket ensure --wait 10"],
  reads: ["store", "lock", "accounts"],
  exits: ["USAGE", "CONFIG_INVALID", "STORE_UNREACHABLE", "BACKUP_FAILED", "INTERRUPTED"],
  async run(world, { options }) {
    const store = readStoreConfig(world.env);
    const lock = readLockConfig(world.env);
    const waitSeconds = seconds(options.wait ?? "120");
    const accounts = readAccounts(world.env, store.keys?.id);
    const ids = [store.keys?.id, ...Object.values(accounts ?? {}).map(({ id }) => id)];
    const archiver = readArchiver(world.env, ids);
    const report = await ensureBucket(s3Client(store), { store, lock, accounts, archiver }, { ...world, waitSeconds });
    const { days, mode } = report.lock;
    const state = `bucket ${report.bucket}: versioning on, new objects locked for ${days} d (${mode})`;
    const text = [state, report.changes.length === 0 ? "nothing to change" : `changed: ${report.changes.join(", ")}`];
    return { json: report, text: [...text, ...report.notes.map((note) => `note: ${note}`)].join("\n") };
  },
};

function seconds(given: unknown): number {
  const value = Number(given);
  if (Number.isInteger(value) && value >= 0 && value <= 3600) return value;
  throw new GoliveError("USAGE", `--wait ${given} is not a number of seconds`, "Give 0 to 3600.");
}
