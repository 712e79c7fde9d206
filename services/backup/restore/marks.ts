import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";

/**
 * Databases of ours, beside the one that clients use. A restore keeps no state of its own: what has happened is told by the names
 * in the server and by the comment on each, which moves with a database when it is renamed. So any machine can go on.
 */
export const prefixes = {
  /** Being restored, or left by a restore that was killed. */
  scratch: "golive_restore_",
  /** What was there before a restore. */
  before: "golive_before_",
  /** What a restore had put there, and `undo` took away again. */
  undone: "golive_undone_",
} as const;
export type MarkKind = keyof typeof prefixes;

const mark = z.object({
  golive: z.literal(1),
  kind: z.enum(["scratch", "before", "undone"]),
  /** The database that clients use. */
  live: z.string(),
  /** Backup that is, or was, restored. */
  backup: z.string(),
  at: z.iso.datetime(),
  /** Comment that the database had by itself, for the day it comes back. */
  comment: z.string().nullable(),
  /** What it had set of default_transaction_read_only by itself. */
  readOnly: z.string().nullable(),
});
export type Mark = z.infer<typeof mark>;

export const writeMark = (value: Omit<Mark, "golive">): string => JSON.stringify({ golive: 1, ...value });

/** Undefined for a comment that is not a mark. */
export function readMark(comment: string | null): Mark | undefined {
  if (comment === null || !comment.startsWith('{"golive":')) return undefined;
  try {
    return mark.safeParse(JSON.parse(comment)).data;
  } catch {
    return undefined;
  }
}

export function kindOf(database: string): MarkKind | undefined {
  return (Object.keys(prefixes) as MarkKind[]).find((kind) => database.startsWith(prefixes[kind]));
}

/** The same for the same target: whoever comes next finds, and may clear, what a killed restore left. */
export function scratchName(target: string): string {
  return `${prefixes.scratch}${createHash("sha256").update(target).digest("hex").slice(0, 16)}`;
}

/** As in `golive_before_20261125t020013_3f9c1a`: sorts by time, and needs no quotes. */
export function keptName(kind: "before" | "undone", at: Date, random = () => randomBytes(3).toString("hex")): string {
  return `${prefixes[kind]}${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").toLowerCase()}_${random()}`;
}
