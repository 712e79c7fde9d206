import { createHash } from "node:crypto";
import { GoliveError } from "@golive/errors/golive-error.ts";
import type { Complete } from "../catalogue/catalogue.ts";
import { keyOf } from "../catalogue/keys.ts";
import type { FileFacts } from "../catalogue/manifest.ts";
import type { Report } from "../progress.ts";
import { openFile } from "../runs/open-dump.ts";
import { type ObjectStore, StoreError } from "../storage/object-store.ts";
import type { Depth } from "./ledger.ts";

export interface CheckWorld {
  readonly store: ObjectStore;
  /** With any, files are opened with them too. */
  readonly identities: readonly string[];
  readonly report: Report;
  readonly signal: AbortSignal;
}

export type Verdict =
  | { readonly outcome: "passed"; readonly depth: Depth }
  | { readonly outcome: "failed"; readonly depth: Depth; readonly problem: string }
  /** What is stored is right, but none of our identities opens it. */
  | { readonly outcome: "unopened"; readonly depth: "stored"; readonly problem: string }
  /** Removed while we looked. */
  | { readonly outcome: "gone"; readonly depth: "stored" };

/**
 * Reads a backup whole and compares it with its manifest. A store that does not answer is no verdict: its StoreError is thrown. What
 * reads wrong is read a second time before it is believed, because a backup that is called bad stops pruning and wakes people.
 */
export async function checkBackup(world: CheckWorld, entry: Complete): Promise<Verdict> {
  const wanted: Depth = world.identities.length > 0 ? "decrypted" : "stored";
  const first = await reading(world, entry, wanted);
  const found = first.problem === undefined ? first : await again(world, entry, wanted, first.problem);
  if (found.problem === undefined) return { outcome: "passed", depth: wanted };
  if (!found.lacksKey) return await failed(world, entry, wanted, found.problem);
  // A header that was changed also looks like one for other keys: the stored bytes tell which of the two it is.
  const stored = await reading(world, entry, "stored");
  if (stored.problem !== undefined) return await failed(world, entry, "stored", stored.problem);
  return { outcome: "unopened", depth: "stored", problem: found.problem };
}

interface Reading {
  readonly problem?: string;
  readonly lacksKey?: boolean;
}

async function again(world: CheckWorld, entry: Complete, depth: Depth, problem: string): Promise<Reading> {
  world.report(`backup ${entry.id} reads wrong, so it is read again: ${problem}`);
  return reading(world, entry, depth);
}

async function failed(world: CheckWorld, entry: Complete, depth: Depth, problem: string): Promise<Verdict> {
  const gone = (await world.store.size(keyOf(entry, "manifest"))) === undefined;
  return gone ? { outcome: "gone", depth: "stored" } : { outcome: "failed", depth, problem };
}

/** Every file of a backup, until one is wrong. */
async function reading(world: CheckWorld, { manifest }: Complete, depth: Depth): Promise<Reading> {
  for (const what of ["dump", "globals"] as const) {
    const file = manifest[what];
    if (file === null) continue;
    try {
      const problem = depth === "stored" ? await storedProblem(world, file) : await drained(world, file);
      if (problem !== undefined) return { problem: `its ${what} ${problem}` };
    } catch (error) {
      if (error instanceof StoreError && error.fault === "not-found") return { problem: `its ${what} is gone` };
      if (!(error instanceof GoliveError)) throw error;
      if (error.code === "BACKUP_DAMAGED") return { problem: `its ${what}: ${error.message}` };
      if (error.code === "BACKUP_UNDECRYPTABLE") return { problem: `its ${what}: ${error.message}`, lacksKey: true };
      throw error;
    }
  }
  return {};
}

async function storedProblem({ store, signal }: CheckWorld, file: FileFacts): Promise<string | undefined> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of await store.read(file.key)) {
    signal.throwIfAborted();
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  if (bytes !== file.bytes) return `has ${bytes} bytes, the manifest says ${file.bytes}`;
  const sha256 = hash.digest("hex");
  return sha256 === file.sha256 ? undefined : `has SHA-256 ${sha256}, the manifest says ${file.sha256}`;
}

/** The stream itself compares both sums and fails when one is wrong. */
async function drained(world: CheckWorld, file: FileFacts): Promise<undefined> {
  for await (const _ of await openFile(world, file)) world.signal.throwIfAborted();
}
