import { createHash, generateKeyPairSync } from "node:crypto";
import type { Complete } from "../catalogue/catalogue.ts";
import { keyOf } from "../catalogue/keys.ts";
import { type Manifest, writeManifest } from "../catalogue/manifest.ts";
import { type BackupRecord, writeRecord } from "../catalogue/records.ts";
import type { Signer, TrustedKeys } from "../signing/envelope.ts";
import { keyId } from "../signing/keys.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { MemoryStore } from "./memory-store.ts";

/** A signing key and who trusts it. */
export function testSigner(): { readonly signer: Signer; readonly trusted: TrustedKeys; readonly publicPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const id = keyId(publicKey);
  const publicPem = publicKey.export({ type: "spki", format: "pem" }).toString();
  return { signer: { key: privateKey, id }, trusted: new Map([[id, publicKey]]), publicPem };
}

export interface BackupSketch {
  readonly database?: string;
  readonly at: Date;
  /** What lies in the store as its dump. */
  readonly dump?: Buffer;
  readonly plainBytes?: number;
  readonly rows?: number;
  readonly reason?: Manifest["reason"];
  readonly whole?: boolean;
  readonly anomalies?: readonly string[];
}

/** As in `2026-11-24T020000Z-000000`. */
export const idAt = (at: Date): string => `${at.toISOString().slice(0, 19).replaceAll(":", "")}Z-000000`;

export function manifestOf(sketch: BackupSketch): Manifest {
  const { database = "app", at, dump = Buffer.from("dump"), plainBytes = 1000, rows = 100, whole = true } = sketch;
  const name = { database, id: idAt(at) };
  const sha256 = createHash("sha256").update(dump).digest("hex");
  return {
    version: 1,
    ...name,
    sequence: Math.floor(at.getTime() / 1000),
    reason: sketch.reason ?? "scheduled",
    started: at.toISOString(),
    finished: new Date(at.getTime() + 60_000).toISOString(),
    scope: { include: [], exclude: [], whole },
    dump: { key: keyOf(name, "dump"), bytes: dump.length, sha256, plain: { bytes: plainBytes, sha256 } },
    globals: null,
    compression: "zstd",
    encryption: { format: "age", recipients: ["age1x", "age1y"] },
    server: {
      version: "17.6",
      major: 17,
      systemIdentifier: "1",
      timeline: 1,
      standby: false,
      lsn: "0/1",
      snapshot: "1",
      databaseBytes: 10,
      encoding: "UTF8",
      localeProvider: "libc",
      collate: "C",
      ctype: "C",
      locale: null,
      extensions: [],
    },
    client: { version: "17.6", major: 17 },
    schemaHash: "0".repeat(64),
    migrationHead: null,
    databaseSettings: [],
    owner: "app",
    roles: [],
    tablespaces: [],
    tables: [{ schema: "public", name: "t", kind: "table", rows, hash: "h", bytes: 8192 }],
    sequences: [],
    largeObjects: { count: 0, hash: "h" },
    warnings: [],
    anomalies: [...(sketch.anomalies ?? [])],
    retainUntil: null,
    tool: "test",
  };
}

/** A backup as the catalogue gives it. */
export function completeOf(sketch: BackupSketch, records: readonly BackupRecord[] = []): Complete {
  const manifest = manifestOf(sketch);
  const { database, id } = manifest;
  const keys = [keyOf(manifest, "dump"), keyOf(manifest, "manifest")];
  return { state: "complete", database, id, bytes: manifest.dump.bytes, stored: sketch.at, keys, records, manifest };
}

const recordBase = (of: BackupSketch, at: Date) => ({
  version: 1 as const,
  database: of.database ?? "app",
  id: idAt(of.at),
  at: at.toISOString(),
});

export const verified = (of: BackupSketch, at: Date, problem: string | null = null): BackupRecord => ({
  ...recordBase(of, at),
  kind: "verified",
  outcome: problem === null ? "passed" : "failed",
  problem,
  depth: "stored",
  bytes: 4,
  seconds: 1,
});

export const drilled = (
  of: BackupSketch,
  at: Date,
  more: Partial<Extract<BackupRecord, { kind: "drilled" }>> = {},
): BackupRecord => ({
  ...recordBase(of, at),
  kind: "drilled",
  outcome: "passed",
  problem: null,
  blame: null,
  plane: "dump",
  phases: { fetch: 1, restore: 2, compare: 3, total: 6 },
  tables: 1,
  rows: 100,
  invariants: [],
  serverVersion: "17.6",
  ...more,
});

export const accepted = (of: BackupSketch, at: Date): BackupRecord => ({
  ...recordBase(of, at),
  kind: "accepted",
  reason: "expected",
  by: "ops",
});

/** Puts a backup with its records into a store, as a run would have left it. */
export async function putBackup(
  store: ObjectStore,
  signer: Signer,
  sketch: BackupSketch,
  records: readonly BackupRecord[] = [],
): Promise<Manifest> {
  const manifest = manifestOf(sketch);
  const put = async (key: string, body: Buffer) => {
    await store.putNew(key, body);
    if (store instanceof MemoryStore) store.modified.set(key, sketch.at);
  };
  await put(keyOf(manifest, "dump"), sketch.dump ?? Buffer.from("dump"));
  for (const record of records) {
    const { key, body } = writeRecord(record, signer);
    await put(key, body);
  }
  await put(keyOf(manifest, "manifest"), writeManifest(manifest, signer));
  return manifest;
}
