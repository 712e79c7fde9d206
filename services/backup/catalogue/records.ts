import { randomBytes } from "node:crypto";
import { z } from "zod";
import { open, type Signer, seal, type TrustedKeys } from "../signing/envelope.ts";
import { type BackupName, recordKey } from "./keys.ts";

/** DSSE payload type of a record. */
export const recordType = "application/vnd.golive.backup-record+json";

const base = z.object({
  version: z.literal(1),
  /** Of the backup that it speaks of: a record copied into another folder does not count there. */
  database: z.string(),
  id: z.string(),
  at: z.iso.datetime(),
});

const outcome = { outcome: z.enum(["passed", "failed"]), problem: z.string().nullable() };

/** How long each step of a restore took, in seconds. Fetching includes decrypting. */
const phases = z.object({
  start: z.number().optional(),
  fetch: z.number(),
  restore: z.number(),
  compare: z.number(),
  invariants: z.number().optional(),
  total: z.number(),
});

/**
 * What happened to a backup after it was made: the ledger. Only added to, never changed, and signed, so that who can write to the
 * store cannot make a backup look proven.
 */
const record = z.discriminatedUnion("kind", [
  /** Read whole, and compared with the manifest's sums. */
  base.extend({
    kind: z.literal("verified"),
    ...outcome,
    /** `stored`: the bytes in the store; `decrypted`: opened with this identity's recipient, and the plain bytes compared too. */
    depth: z.enum(["stored", "decrypted"]),
    bytes: z.number(),
    seconds: z.number(),
  }),
  /** Restored into a throwaway server and compared row for row. */
  base.extend({
    kind: z.literal("drilled"),
    ...outcome,
    /** Whose fault a failure is: a red drill is not always a bad backup. */
    blame: z.enum(["backup", "drill"]).nullable(),
    plane: z.enum(["dump", "point-in-time"]),
    phases: phases.nullable(),
    tables: z.number(),
    rows: z.number(),
    /** Of the tables, those that are to the last row as the manifest says; not told where that is asked of all. */
    exactTables: z.number().nullable().optional(),
    invariants: z.array(z.object({ name: z.string(), passed: z.boolean(), found: z.string() })),
    serverVersion: z.string().nullable(),
    /** Whose identity opened it: that the escrow key alone is enough is worth a drill of its own. */
    recipient: z.string().nullable().optional(),
    /** What a restore at the moment when the drill began would have lost, in seconds: age of the snapshot, or delay of the archive. */
    recoveryPointSeconds: z.number().nullable().optional(),
  }),
  /** Nobody prunes it until it is released. */
  base.extend({ kind: z.literal("held"), reason: z.string(), by: z.string() }),
  base.extend({ kind: z.literal("released"), reason: z.string(), by: z.string() }),
  /** A person looked at the anomalies of the manifest and lets pruning go on. */
  base.extend({ kind: z.literal("accepted"), reason: z.string(), by: z.string() }),
  /** A lease: a restore or a drill reads it, and until then nobody prunes it. Ends by itself, also when its holder was killed. */
  base.extend({ kind: z.literal("reading"), until: z.iso.datetime(), by: z.string() }),
]);

export type BackupRecord = z.infer<typeof record>;
export type RecordOf<K extends BackupRecord["kind"]> = Extract<BackupRecord, { kind: K }>;
export type DrillPhases = z.infer<typeof phases>;

/** As in `20261125T020013123Z-3f9c1a`: sorts by time. */
export function newRecordId(at: Date, random: () => string = () => randomBytes(3).toString("hex")): string {
  return `${at.toISOString().replaceAll(/[-:.]/g, "")}-${random()}`;
}

/** Key and bytes of a record, ready for `putNew`. */
export function writeRecord(value: BackupRecord, signer: Signer): { readonly key: string; readonly body: Buffer } {
  const checked = record.parse(value);
  return {
    key: recordKey(checked, newRecordId(new Date(checked.at))),
    body: seal(recordType, Buffer.from(JSON.stringify(checked)), signer),
  };
}

/** The record, or undefined when it does not count: forged, foreign, or of a later version's kind. */
export function readRecord(sealed: Buffer | string, of: BackupName, trusted: TrustedKeys): BackupRecord | undefined {
  const opened = open(recordType, sealed, trusted);
  if ("problem" in opened) return undefined;
  try {
    const result = record.safeParse(JSON.parse(opened.payload.toString("utf8")));
    if (!result.success || result.data.id !== of.id || result.data.database !== of.database) return undefined;
    return result.data;
  } catch {
    return undefined;
  }
}
