import { z } from "zod";
import { open, type Signer, seal, type TrustedKeys } from "../signing/envelope.ts";

/** DSSE payload type of a manifest. */
export const manifestType = "application/vnd.golive.backup-manifest+json";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().nonnegative();
/** An order-free hash of rows: it does not depend on how they lie on disk, on collations or on the session's settings. */
const rowHash = z.string().min(1);

const file = z.object({
  key: z.string(),
  /** Of the object as it is stored: compressed and encrypted. */
  bytes: z.number().int().positive(),
  sha256,
  /** Of what pg_dump wrote. */
  plain: z.object({ bytes: z.number().int().positive(), sha256 }),
});

const table = z.object({
  schema: z.string(),
  name: z.string(),
  kind: z.enum(["table", "materialized view"]),
  /** Rows of the table itself, without those of tables that inherit from it, in the dump's snapshot. */
  rows: count,
  /** Null where there is nothing to hash: a materialized view that was never filled. */
  hash: rowHash.nullable(),
  /** Size on disk with indexes and TOAST. */
  bytes: count,
});

const sequence = z.object({
  schema: z.string(),
  name: z.string(),
  /** As text: a bigint does not fit a JSON number. */
  lastValue: z.string(),
  called: z.boolean(),
});

const server = z.object({
  version: z.string(),
  major: z.number().int(),
  /** Text: 64 bits. The same for a primary and its standbys, different after a restore. */
  systemIdentifier: z.string(),
  timeline: z.number().int(),
  standby: z.boolean(),
  /** Position of the write-ahead log at the snapshot: where a point-in-time recovery would have to stop. */
  lsn: z.string(),
  snapshot: z.string(),
  databaseBytes: count,
  encoding: z.string(),
  localeProvider: z.enum(["libc", "icu", "builtin"]),
  collate: z.string(),
  ctype: z.string(),
  /** Of provider icu or builtin. */
  locale: z.string().nullable(),
  extensions: z.array(z.object({ name: z.string(), version: z.string() })),
});

/**
 * What a backup says about itself; written last and signed, and without it there is no backup. Readers accept fields they do not
 * know, so that later versions of the program can add some without making old ones blind.
 */
const manifest = z.object({
  version: z.literal(1),
  id: z.string(),
  database: z.string(),
  /** Counts up by one a backup of a database: the order that no wrong clock can change. */
  sequence: count,
  reason: z.enum(["scheduled", "manual", "before-restore", "point-in-time"]),
  /** When the snapshot was taken, which is the moment that the backup shows. */
  started: z.iso.datetime(),
  finished: z.iso.datetime(),
  /** Patterns of pg_dump's --table/--exclude-table. With any of them the backup is not of the whole database. */
  scope: z.object({ include: z.array(z.string()), exclude: z.array(z.string()), whole: z.boolean() }),
  dump: file,
  /** Roles and tablespaces without passwords; null when the role may not read them. */
  globals: file.nullable(),
  compression: z.literal("zstd"),
  encryption: z.object({ format: z.literal("age"), recipients: z.array(z.string()).min(1) }),
  server,
  client: z.object({ version: z.string(), major: z.number().int() }),
  /** Of the schema's SQL, normalised; says whether two databases have the same schema. */
  schemaHash: sha256,
  /** Highest row of the application's migrations table, when it has one we know. */
  migrationHead: z.string().nullable(),
  /** ALTER DATABASE … SET: no dump of a single database holds them. */
  databaseSettings: z.array(z.object({ role: z.string().nullable(), settings: z.array(z.string()) })),
  owner: z.string(),
  /** Roles that own something or hold rights in the database: a server without them cannot take it as it was. */
  roles: z.array(z.string()),
  tablespaces: z.array(z.string()),
  tables: z.array(table),
  sequences: z.array(sequence),
  largeObjects: z.object({ count, hash: rowHash }),
  /** What pg_dump said although it succeeded. */
  warnings: z.array(z.string()),
  /** Unlike its predecessors: pruning stops until a person has looked. In words. */
  anomalies: z.array(z.string()),
  /** Until when the store refuses to delete it, when it said so. */
  retainUntil: z.iso.datetime().nullable(),
  tool: z.string(),
});

export type Manifest = z.infer<typeof manifest>;
export type FileFacts = z.infer<typeof file>;
export type TableFacts = z.infer<typeof table>;
export type SequenceFacts = z.infer<typeof sequence>;
export type ServerFacts = z.infer<typeof server>;

export function writeManifest(value: Manifest, signer: Signer): Buffer {
  return seal(manifestType, Buffer.from(JSON.stringify(manifest.parse(value), undefined, 1)), signer);
}

/** The manifest, or in words what is wrong with it. `trusted: false` when the trouble is the signature alone. */
export type ManifestRead =
  | { readonly manifest: Manifest; readonly keyId: string }
  | { readonly problem: string; readonly trusted: boolean };

export function readManifest(sealed: Buffer | string, trusted: TrustedKeys): ManifestRead {
  const opened = open(manifestType, sealed, trusted);
  if ("problem" in opened) return { problem: `its manifest is not to be trusted: ${opened.problem}`, trusted: false };
  let value: unknown;
  try {
    value = JSON.parse(opened.payload.toString("utf8"));
  } catch {
    return { problem: "its manifest is not JSON", trusted: true };
  }
  const result = manifest.safeParse(value);
  if (result.success) return { manifest: result.data, keyId: opened.keyId };
  const first = result.error.issues[0];
  return { problem: `its manifest is not valid: ${first?.path.join(".")}: ${first?.message}`, trusted: true };
}

export const totalRows = (tables: readonly { readonly rows: number }[]): number =>
  tables.reduce((sum, { rows }) => sum + rows, 0);
