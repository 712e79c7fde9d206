import type { PostgresConfig } from "../config/postgres.ts";
import type { Report } from "../progress.ts";
import type { BackupWorld } from "../runs/take-backup.ts";
import type { Signer, TrustedKeys } from "../signing/envelope.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import type { Consent } from "./consent.ts";
import type { AtStep } from "./swap.ts";

/** What undo, status and drop need: a server and somebody to ask. */
export interface ServerWorld {
  readonly postgres: PostgresConfig;
  readonly consent: Consent;
  /** How long an undo is offered. */
  readonly undoDays: number;
  readonly now: () => Date;
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Called when a step is done; tests break the run off there. */
  readonly atStep?: (step: Step) => Promise<void> | void;
}

export interface RestoreWorld extends ServerWorld {
  /** Read from. */
  readonly store: ObjectStore;
  readonly trusted: TrustedKeys;
  readonly identities: readonly string[];
  /** For the lease on the backup that is being read; a restore works without. */
  readonly signer: Signer | undefined;
  /** For the backup before the live database is replaced. @throws CONFIG_INVALID when keys or stores for one are missing */
  readonly backupWorld: () => BackupWorld;
  /** Folder for the plain archive. */
  readonly scratch: string;
  readonly jobs: number;
}

export const steps = ["chosen", "checked", "saved", "created", "loaded", "compared", "swapped"] as const;
export type Step = (typeof steps)[number] | Parameters<AtStep>[0];
