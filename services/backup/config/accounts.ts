import { GoliveError } from "@golive/errors/golive-error.ts";
import { z } from "zod";
import { check, type Env } from "./check.ts";
import { type AccessKeys, readAccessKeys } from "./store.ts";

/** Accounts of a store of one's own, and what each is for. What they may do is in `storage/bucket-policy.ts`. */
export const accountNames = ["writer", "reader", "pruner"] as const;
export type AccountName = (typeof accountNames)[number];
export type Accounts = Readonly<Record<AccountName, AccessKeys>>;

export const accountVariables = z.object({
  BACKUP_WRITER_KEY_ID_FILE: z.string().optional().describe("file with the id of the account that writes backups"),
  BACKUP_WRITER_SECRET_FILE: z.string().optional().describe("file with its secret"),
  BACKUP_READER_KEY_ID_FILE: z.string().optional().describe("file with the id of the account that reads and lists"),
  BACKUP_READER_SECRET_FILE: z.string().optional().describe("file with its secret"),
  BACKUP_PRUNER_KEY_ID_FILE: z.string().optional().describe("file with the id of the account that deletes"),
  BACKUP_PRUNER_SECRET_FILE: z.string().optional().describe("file with its secret"),
  BACKUP_ARCHIVER_KEY_ID_FILE: z
    .string()
    .optional()
    .describe("file with the id of the account that the database archives its WAL with, into a bucket of its own"),
  BACKUP_ARCHIVER_SECRET_FILE: z.string().optional().describe("file with its secret"),
});

/** The three accounts; undefined when none is named. @throws CONFIG_INVALID when only some are, or two share an id. */
export function readAccounts(env: Env, rootId: string | undefined): Accounts | undefined {
  check(accountVariables, env);
  const found = accountNames.map((name) => {
    const upper = name.toUpperCase();
    const keys = readAccessKeys(env, `BACKUP_${upper}_KEY_ID_FILE`, `BACKUP_${upper}_SECRET_FILE`);
    return [name, keys] as const;
  });
  const missing = found.filter(([, keys]) => keys === undefined).map(([name]) => name);
  if (missing.length === found.length) return undefined;
  const hint = "Give each of writer, reader and pruner an id and a secret of its own, or none of them.";
  if (missing.length > 0) throw new GoliveError("CONFIG_INVALID", `no keys for the ${missing.join(" and the ")}`, hint);
  const ids = [rootId, ...found.map(([, keys]) => keys?.id)];
  const twice = ids.find((id, index) => id !== undefined && ids.indexOf(id) !== index);
  if (twice !== undefined) throw new GoliveError("CONFIG_INVALID", `two accounts have the id ${twice}`, hint);
  return Object.fromEntries(found) as unknown as Accounts;
}

/**
 * The account of the database: it makes the bucket of its WAL itself and has no part in that of the backups. Undefined when it is
 * not named. @throws CONFIG_INVALID when its id is that of another account
 */
export function readArchiver(env: Env, others: readonly (string | undefined)[]): AccessKeys | undefined {
  const keys = readAccessKeys(env, "BACKUP_ARCHIVER_KEY_ID_FILE", "BACKUP_ARCHIVER_SECRET_FILE");
  if (keys === undefined || !others.includes(keys.id)) return keys;
  throw new GoliveError("CONFIG_INVALID", `two accounts have the id ${keys.id}`, "Give the archiver an id of its own.");
}
