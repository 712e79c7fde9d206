import { StoreError, type StoreFault } from "./object-store.ts";

/** Codes of the file system → our word for them. Anything else is "failed". */
const faults: Readonly<Record<string, StoreFault>> = {
  ENOSPC: "full",
  EDQUOT: "full",
  EACCES: "denied",
  EPERM: "denied",
  EROFS: "denied",
  ENOENT: "not-found",
  EEXIST: "exists",
  // A network file system whose server is gone.
  ESTALE: "unreachable",
  ETIMEDOUT: "unreachable",
  EHOSTDOWN: "unreachable",
  ENOTCONN: "unreachable",
};

export const codeOf = (thrown: unknown): string => (thrown as NodeJS.ErrnoException | undefined)?.code ?? "";

/** Wraps what the file system threw. `what` names the call and its object, as in "put manifest.json". */
export function diskError(thrown: unknown, what: string): StoreError {
  if (thrown instanceof StoreError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new StoreError(faults[codeOf(thrown)] ?? "failed", `${what}: ${message}`, { cause: thrown });
}
