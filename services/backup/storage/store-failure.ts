import type { Code } from "@golive/errors/codes.ts";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { StoreError, type StoreFault } from "./object-store.ts";

/** Fault of a store → what people read. */
const failures = {
  unreachable: {
    code: "STORE_UNREACHABLE",
    hint: "Check that the object store runs and that S3_ENDPOINT is its address; then run the same command again.",
  },
  denied: {
    code: "STORE_UNREACHABLE",
    hint: "Check the access keys (or the folder's owner) and what their account may do there.",
  },
  "no-bucket": {
    code: "STORE_UNREACHABLE",
    hint: "Make the bucket with `golive-backup bucket ensure`, or the folder in BACKUP_FOLDER.",
  },
  "not-found": { code: "BACKUP_FAILED", hint: "See what is there with `golive-backup list`." },
  exists: { code: "BACKUP_FAILED", hint: "Run the same command again; it takes a new id." },
  full: {
    code: "DISK_FULL",
    hint: "Make room in the store, or let `golive-backup prune` remove what is no longer kept; then run the same command again.",
  },
  failed: {
    code: "BACKUP_FAILED",
    hint: "Run the same command again; if it stays so, read the object store's log.",
  },
} as const satisfies Record<StoreFault, { readonly code: Code; readonly hint: string }>;

/** The error that people see for a fault of the store; any other error stays as it is. */
export function asStoreFailure(thrown: unknown): unknown {
  if (!(thrown instanceof StoreError)) return thrown;
  const { code, hint } = failures[thrown.fault];
  return new GoliveError(code, `object store: ${thrown.message}`, hint, { cause: thrown });
}
