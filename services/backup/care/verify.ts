import type { Complete, Entry } from "../catalogue/catalogue.ts";
import { readCatalogue } from "../catalogue/catalogue.ts";
import type { BackupName } from "../catalogue/keys.ts";
import { writeRecord } from "../catalogue/records.ts";
import { bytesText } from "../format.ts";
import { minute } from "../retention/calendar.ts";
import type { Signer, TrustedKeys } from "../signing/envelope.ts";
import { type CheckWorld, checkBackup, type Verdict } from "./check-backup.ts";
import { bytesOf, type Depth, dueForVerify, withinBudget } from "./ledger.ts";

export interface VerifyWorld extends CheckWorld {
  readonly trusted: TrustedKeys;
  /** Without one nothing is recorded, so nothing becomes proven by it. */
  readonly signer: Signer | undefined;
  readonly now: () => Date;
}

export interface VerifyOptions {
  readonly database?: string | undefined;
  /** One backup, whatever the ledger says. */
  readonly id?: string | undefined;
  readonly all?: boolean | undefined;
  /** @default 7 */
  readonly days?: number | undefined;
  /** Of one run. @default no limit */
  readonly maxBytes?: number | undefined;
  /** After so long no other backup is begun. @default no limit */
  readonly maxMinutes?: number | undefined;
}

export interface Checked extends BackupName {
  readonly outcome: Verdict["outcome"];
  readonly depth: Depth;
  readonly problem?: string;
  readonly bytes: number;
  readonly seconds: number;
}

export interface VerifyReport {
  readonly store: string;
  /** How deep this run could look. */
  readonly depth: Depth;
  readonly checked: readonly Checked[];
  /** Every bad backup that is known now: found in this run, found earlier, or seen without reading it. */
  readonly red: readonly (BackupName & { readonly problem: string })[];
  /** Right as stored, but none of the identities opens them. */
  readonly unopened: readonly (BackupName & { readonly problem: string })[];
  /** Proven within the days, not read. */
  readonly believed: number;
  /** Due, and left for the next run by a limit. */
  readonly left: readonly BackupName[];
  /** Folders without a manifest: runs that broke off or are at work. */
  readonly incomplete: number;
}

/**
 * Reads what is due and writes what it found into the ledger, at once for each backup: a run that is stopped loses one reading at
 * most, and the next goes on where it ended.
 */
export async function verify(world: VerifyWorld, options: VerifyOptions = {}): Promise<VerifyReport> {
  const { store, trusted, report } = world;
  const { database, id } = options;
  const entries = await readCatalogue(store, { trusted, database, id });
  const complete = entries.filter((entry): entry is Complete => entry.state === "complete");
  const depth: Depth = world.identities.length > 0 ? "decrypted" : "stored";
  const rule = { depth, days: options.days ?? 7, all: options.all === true || id !== undefined };
  const { due, believed, red: known } = dueForVerify(complete, rule, await store.clock());
  const chosen = withinBudget(due, options.maxBytes ?? Number.POSITIVE_INFINITY);

  const checked: Checked[] = [];
  const end = world.now().getTime() + (options.maxMinutes ?? Number.POSITIVE_INFINITY) * minute;
  for (const entry of chosen) {
    world.signal.throwIfAborted();
    if (checked.length > 0 && world.now().getTime() >= end) break;
    const one = await checkOne(world, entry);
    checked.push(one);
    report(
      `${one.outcome} ${one.id} of ${JSON.stringify(one.database)}: ${bytesText(one.bytes)}${one.problem ? `, ${one.problem}` : ""}`,
    );
  }
  const of = (outcome: Checked["outcome"]) => checked.filter((one) => one.outcome === outcome).map(named);
  return {
    store: store.name,
    depth,
    checked,
    red: [
      ...seenWithoutReading(entries),
      ...known.map(({ entry, problem }) => named({ ...entry, problem })),
      ...of("failed"),
    ],
    unopened: of("unopened"),
    believed: believed.length,
    left: due.slice(checked.length).map(({ database, id }) => ({ database, id })),
    incomplete: entries.filter(({ state }) => state === "incomplete").length,
  };
}

async function checkOne(world: VerifyWorld, entry: Complete): Promise<Checked> {
  const { database, id } = entry;
  const begun = performance.now();
  const { outcome, depth, ...rest } = await checkBackup(world, entry);
  const problem = "problem" in rest ? rest.problem : undefined;
  const facts = { depth, bytes: bytesOf(entry), seconds: Math.round(performance.now() - begun) / 1000 };
  if (world.signer !== undefined && outcome !== "gone") {
    const { key, body } = writeRecord(
      {
        version: 1,
        kind: "verified",
        database,
        id,
        // The store's clock: readers order the words of several machines by it.
        at: (await world.store.clock()).toISOString(),
        outcome: outcome === "failed" ? "failed" : "passed",
        problem: outcome === "failed" ? (problem ?? null) : null,
        ...facts,
      },
      world.signer,
    );
    await world.store.putNew(key, body);
  }
  return { database, id, outcome, ...facts, ...(problem !== undefined && { problem }) };
}

/** Damaged as the list alone shows, or signed by nobody we trust. */
const seenWithoutReading = (entries: readonly Entry[]) =>
  entries.flatMap((entry) => (entry.state === "damaged" || entry.state === "untrusted" ? [named(entry)] : []));

const named = ({ database, id, problem }: BackupName & { readonly problem?: string }) => ({
  database,
  id,
  problem: problem ?? "",
});
