import type { TrustedKeys } from "../signing/envelope.ts";
import { type ObjectStore, StoreError } from "../storage/object-store.ts";
import { type BackupName, type FileKind, folderOf, keyOf, parseKey, prefixOf, root } from "./keys.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { type BackupRecord, type RecordOf, readRecord } from "./records.ts";

interface EntryBase extends BackupName {
  /** Of all its files. */
  readonly bytes: number;
  /** When the store got the manifest, by the store's clock; its newest other object when there is none. */
  readonly stored: Date;
  /** Keys of everything in its folder that is ours: dump, globals, manifest, records. */
  readonly keys: readonly string[];
  /** The ledger, oldest first. Read whatever the state: a hold outlives the loss of what it holds. */
  readonly records: readonly BackupRecord[];
}

export type Entry = EntryBase &
  (
    | { readonly state: "complete"; readonly manifest: Manifest }
    /** No manifest: a run that did not end well. */
    | { readonly state: "incomplete"; readonly problem: string }
    /** A manifest that does not fit what lies beside it. */
    | { readonly state: "damaged"; readonly problem: string }
    /** A manifest that no trusted key signed. */
    | { readonly state: "untrusted"; readonly problem: string }
  );
export type Complete = Extract<Entry, { state: "complete" }>;

export interface Selection {
  readonly trusted: TrustedKeys;
  /** One database alone. */
  readonly database?: string | undefined;
  /** One backup alone; ids are unique by chance only, so there may be one in each of several databases. */
  readonly id?: string | undefined;
}

interface Found extends BackupName {
  readonly files: Map<string, number>;
  readonly recordKeys: string[];
  manifestStored?: Date;
  /** Newest of the others. */
  stored: Date;
}

/** The order in which they are removed: what is `complete` without its dump is nothing that could be restored. */
const fileKinds = ["dump", "globals", "manifest"] as const satisfies readonly FileKind[];

/** How many manifests and records are read at once. */
const atOnce = 16;

/** Everything of ours in the store, newest first. Reads manifests and records, no dumps. Foreign objects are left out. */
export async function readCatalogue(store: ObjectStore, { trusted, database, id }: Selection): Promise<Entry[]> {
  const found = new Map<string, Found>();
  for await (const { key, bytes, modified } of store.list(prefix({ database, id }))) {
    const parsed = parseKey(key);
    if (!parsed || (id !== undefined && parsed.id !== id)) continue;
    const at = `${parsed.id} ${parsed.database}`;
    const name = { database: parsed.database, id: parsed.id };
    const one: Found = found.get(at) ?? { ...name, files: new Map(), recordKeys: [], stored: new Date(0) };
    found.set(at, one);
    if (parsed.kind === "record") one.recordKeys.push(key);
    else one.files.set(key, bytes);
    if (parsed.kind === "manifest") one.manifestStored = modified;
    else if (modified > one.stored) one.stored = modified;
  }
  const newestFirst = [...found.keys()].sort().reverse();
  return mapAtOnce(
    newestFirst.flatMap((at) => found.get(at) ?? []),
    (one) => entry(store, one, trusted),
  );
}

function prefix({ database, id }: Omit<Selection, "trusted">): string {
  if (database === undefined) return root;
  return id === undefined ? prefixOf(database) : folderOf({ database, id });
}

async function entry(store: ObjectStore, found: Found, trusted: TrustedKeys): Promise<Entry> {
  const { database, id, files, recordKeys } = found;
  const at = keyOf(found, "manifest");
  const base = {
    database,
    id,
    stored: found.manifestStored ?? found.stored,
    bytes: [...files.values()].reduce((sum, bytes) => sum + bytes, 0),
    keys: [...fileKinds.map((kind) => keyOf(found, kind)).filter((key) => files.has(key)), ...recordKeys.sort()],
    records: await readRecords(store, found, trusted),
  };
  if (!files.has(at)) return { ...base, state: "incomplete", problem: "it has no manifest" };
  const text = await readObject(store, at);
  if (text === undefined) return { ...base, state: "incomplete", problem: "its manifest is gone" };
  const read = readManifest(text, trusted);
  if ("problem" in read) return { ...base, state: read.trusted ? "damaged" : "untrusted", problem: read.problem };
  const problem = misfit(read.manifest, found);
  if (problem !== undefined) return { ...base, state: "damaged", problem };
  return { ...base, state: "complete", manifest: read.manifest };
}

async function readRecords(store: ObjectStore, of: Found, trusted: TrustedKeys): Promise<BackupRecord[]> {
  const records = await mapAtOnce(of.recordKeys, async (key) => {
    const sealed = await readObject(store, key);
    return sealed === undefined ? undefined : readRecord(sealed, of, trusted);
  });
  return records.filter((one) => one !== undefined).sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

/** A manifest must speak of the place it lies at: a copy of an older one under a new name is not that backup. */
function misfit(manifest: Manifest, found: Found): string | undefined {
  if (manifest.id !== found.id || manifest.database !== found.database)
    return `its manifest is that of ${manifest.database} ${manifest.id}`;
  for (const kind of ["dump", "globals"] as const) {
    const said = manifest[kind];
    if (said === null) continue;
    if (said.key !== keyOf(found, kind)) return `its manifest speaks of ${said.key}`;
    const bytes = found.files.get(said.key);
    if (bytes === undefined) return `its ${kind} is gone`;
    if (bytes !== said.bytes) return `its ${kind} has ${bytes} bytes, the manifest says ${said.bytes}`;
  }
  return undefined;
}

/** What of a backup is known beyond that it was made. */
export interface Standing {
  /** Last time that it was read whole or restored, and was right. Undefined when never, or when a later try failed. */
  readonly proven: Date | undefined;
  /** Last successful restore into a throwaway server. */
  readonly drilled: Date | undefined;
  /** The last check that failed because of the backup, with no success after it. */
  readonly failed: string | undefined;
  readonly held: { readonly reason: string; readonly since: Date } | undefined;
  /** Anomalies that nobody has accepted yet. */
  readonly anomalies: readonly string[];
  /** Until when a restore or a drill has leased it; may be past. */
  readonly leased: { readonly by: string; readonly until: Date } | undefined;
}

/** Reads the ledger: the latest word of each kind counts. A drill that broke by itself says nothing about the backup. */
export function standingOf(of: {
  readonly manifest?: Pick<Manifest, "anomalies">;
  readonly records: readonly BackupRecord[];
}): Standing {
  let standing: Standing = {
    proven: undefined,
    drilled: undefined,
    failed: undefined,
    held: undefined,
    anomalies: of.manifest?.anomalies ?? [],
    leased: undefined,
  };
  let redDrill = false;
  for (const record of of.records) {
    const at = new Date(record.at);
    if (record.kind === "held") standing = { ...standing, held: { reason: record.reason, since: at } };
    else if (record.kind === "released") standing = { ...standing, held: undefined };
    else if (record.kind === "accepted") standing = { ...standing, anomalies: [] };
    else if (record.kind === "reading") standing = { ...standing, leased: longer(standing.leased, record) };
    // What a recovery from the write-ahead log shows says nothing about the bytes of this dump.
    else if (record.kind === "drilled" && record.plane !== "dump") continue;
    else if (record.outcome === "passed") {
      // Reading the bytes again does not undo "it does not restore": only a drill clears what a drill found.
      if (record.kind === "verified" && redDrill) continue;
      redDrill = false;
      standing = {
        ...standing,
        proven: at,
        failed: undefined,
        ...(record.kind === "drilled" ? { drilled: at } : {}),
      };
    } else if (record.kind === "verified" || record.blame === "backup") {
      redDrill ||= record.kind === "drilled";
      standing = { ...standing, proven: undefined, drilled: undefined, failed: record.problem ?? "it failed a check" };
    }
  }
  return standing;
}

function longer(lease: Standing["leased"], { by, until }: RecordOf<"reading">): Standing["leased"] {
  const end = new Date(until);
  return lease && lease.until >= end ? lease : { by, until: end };
}

/** A small object whole; undefined when it is not there (any more). */
async function readObject(store: ObjectStore, key: string): Promise<Buffer | undefined> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of await store.read(key)) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  } catch (error) {
    if (error instanceof StoreError && error.fault === "not-found") return undefined;
    throw error;
  }
}

async function mapAtOnce<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at] as T);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
