import { z } from "zod";
import { encodeDatabase } from "../catalogue/keys.ts";
import { newRecordId } from "../catalogue/records.ts";
import type { ObjectStore, PrunableStore } from "../storage/object-store.ts";
import { type RunKind, runKinds } from "./event.ts";

/**
 * What people were last told of a kind of run, so that the next run, in another process, knows of a recovery and of what did not
 * arrive. Kept beside the backups, as objects that are only added; the last name counts. It is not signed: whoever can write there
 * could hold back a "well again", and nothing else reads it.
 */
const told = z.object({
  version: z.literal(1),
  state: z.enum(["failing", "anomalous", "well"]),
  /** When it was told to all. */
  at: z.iso.datetime(),
  /** When it became so. */
  since: z.iso.datetime(),
  /** Channels that it did not reach. */
  undelivered: z.array(z.string()),
  /** What it was about. */
  about: z.array(z.string()).optional(),
});
export type Told = z.infer<typeof told>;

/** Whom a run over everything in a store is about. */
export const allDatabases = "all databases";

const root = "notifications/";
const folder = (run: RunKind, database: string): string => `${root}${run}/${encodeDatabase(database)}/`;
const name = /^notifications\/([a-z]+)\/([^/]+)\/(\d{8}T\d{9}Z-[0-9a-f]{6})\.json$/;

export interface ToldOf extends Told {
  readonly run: RunKind;
  readonly database: string;
}

export interface LastTold extends Told {
  /** The moment in its object's name. The next one needs a later name, also when it is kept by a clock that is behind. */
  readonly named: Date;
}

/** Undefined when nobody was ever told anything. */
export async function lastTold(store: ObjectStore, run: RunKind, database: string): Promise<LastTold | undefined> {
  return newest(store, folder(run, database)).then(([last]) => last);
}

/** The last word of every kind of run. */
export const allTold = (store: ObjectStore): Promise<ToldOf[]> => newest(store, root);

/** `now` names the object, so that it comes after those before it. */
export async function keepTold(
  store: ObjectStore,
  run: RunKind,
  database: string,
  value: Told,
  now: Date,
): Promise<void> {
  const key = `${folder(run, database)}${newRecordId(now)}.json`;
  await store.putNew(key, Buffer.from(JSON.stringify(told.parse(value))));
}

async function newest(store: ObjectStore, prefix: string): Promise<(ToldOf & LastTold)[]> {
  const last = new Map<string, string>();
  for await (const { key } of store.list(prefix)) {
    const [, run, encoded] = name.exec(key) ?? [];
    const at = `${run}/${encoded}`;
    if (run && encoded && key > (last.get(at) ?? "")) last.set(at, key);
  }
  const all: (ToldOf & LastTold)[] = [];
  for (const key of last.values()) {
    const [, run, encoded, id = ""] = name.exec(key) ?? [];
    const kind = runKinds.find((one) => one === run);
    const value = encoded && isWritten(encoded) ? await read(store, key) : undefined;
    if (kind && value && encoded)
      all.push({ ...value, run: kind, database: decodeURIComponent(encoded), named: momentOf(id) });
  }
  return all;
}

/** How long what was said before the last word is kept: as long as anybody looks back at an incident. */
const keptDays = 90;

/** Removes what was told long ago, by the store's clock, but never the last word on anything. @returns how many were removed */
export async function forgetTold(store: PrunableStore, clock: Date): Promise<number> {
  const last = new Map<string, string>();
  const old: string[] = [];
  for await (const { key, modified } of store.list(root)) {
    const [, run, encoded] = name.exec(key) ?? [];
    if (run === undefined) continue;
    const at = `${run}/${encoded}`;
    if (key > (last.get(at) ?? "")) last.set(at, key);
    if (clock.getTime() - modified.getTime() > keptDays * 86_400_000) old.push(key);
  }
  const lastWords = new Set(last.values());
  let removed = 0;
  for (const key of old) if (!lastWords.has(key) && (await store.remove(key)) === "removed") removed++;
  return removed;
}

/** The moment in a name like `20261125T020013123Z-3f9c1a`. */
const momentOf = (id: string): Date =>
  new Date(id.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z.*$/, "$1-$2-$3T$4:$5:$6.$7Z"));

async function read(store: ObjectStore, key: string): Promise<Told | undefined> {
  const chunks: Buffer[] = [];
  for await (const chunk of await store.read(key)) chunks.push(chunk as Buffer);
  try {
    return told.safeParse(JSON.parse(Buffer.concat(chunks).toString("utf8"))).data;
  } catch {
    return undefined;
  }
}

/** Whether we wrote the name: another one may not even be decodable. */
function isWritten(encoded: string): boolean {
  try {
    return encodeDatabase(decodeURIComponent(encoded)) === encoded;
  } catch {
    return false;
  }
}
