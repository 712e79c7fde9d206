import type { FailedObject } from "../restore/failed-objects.ts";
import type { Finding } from "../restore/preflight/finding.ts";

/** What a restore that was refused says, for people and for programs. */
export interface Refused extends Error {
  readonly code: string;
  readonly hint: string;
  /** Those of its stage: before, while, or after it was loaded. */
  readonly details: {
    readonly findings: readonly Finding[];
    readonly failed: readonly FailedObject[];
    readonly differences: readonly { readonly name: string; readonly found: string }[];
  };
}

/** The error that `work` ends with; rejects when it ends well. */
export const refused = (work: Promise<unknown>): Promise<Refused> =>
  work.then(
    () => Promise.reject(new Error("it was not refused")),
    (error: Refused) => error,
  );
