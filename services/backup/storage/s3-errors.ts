import { StoreError, type StoreFault } from "./object-store.ts";

interface SdkError extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Names of the S3 API and of Node's sockets → our word for them. Anything else is "failed". */
const faults: Readonly<Record<string, StoreFault>> = {
  NoSuchBucket: "no-bucket",
  NoSuchKey: "not-found",
  NotFound: "not-found",
  PreconditionFailed: "exists",
  ConditionalRequestConflict: "exists",
  AccessDenied: "denied",
  Forbidden: "denied",
  InvalidAccessKeyId: "denied",
  SignatureDoesNotMatch: "denied",
  ExpiredToken: "denied",
  ExpiredTokenException: "denied",
  InvalidToken: "denied",
  TokenRefreshRequired: "denied",
  CredentialsProviderError: "denied",
  InsufficientStorage: "full",
  QuotaExceeded: "full",
  XMinioStorageFull: "full",
  ECONNREFUSED: "unreachable",
  ECONNRESET: "unreachable",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  ENOTFOUND: "unreachable",
  EAI_AGAIN: "unreachable",
  EPIPE: "unreachable",
  ETIMEDOUT: "unreachable",
  TimeoutError: "unreachable",
};

const byStatus: Readonly<Record<number, StoreFault>> = {
  403: "denied",
  404: "not-found",
  412: "exists",
  507: "full",
};

/** Refusals that are gone when the same call is made again: the store is busy, or bytes were lost on the way. */
const passing = new Set([
  "SlowDown",
  "InternalError",
  "ServiceUnavailable",
  "RequestTimeout",
  "RequestTimeTooSkewed",
  "OperationAborted",
  "ConditionalRequestConflict",
  "IncompleteBody",
  "BadDigest",
  "XAmzContentSHA256Mismatch",
]);

/** The key was good and is no longer, or was replaced on the store's side. */
const expired = new Set([
  "ExpiredToken",
  "ExpiredTokenException",
  "InvalidToken",
  "TokenRefreshRequired",
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
]);

const asError = (thrown: unknown): SdkError =>
  (thrown instanceof Error ? thrown : new Error(String(thrown))) as SdkError;

const faultOf = (error: SdkError): StoreFault =>
  faults[error.code ?? ""] ?? faults[error.name] ?? byStatus[error.$metadata?.httpStatusCode ?? 0] ?? "failed";

/** True when asking again may help. */
export function mayPass(thrown: unknown): boolean {
  const error = asError(thrown);
  if (error instanceof StoreError) return error.fault === "unreachable";
  const status = error.$metadata?.httpStatusCode ?? 0;
  if (passing.has(error.name) || status === 429 || (status >= 500 && status !== 501 && status !== 507)) return true;
  // Several addresses of one host fail as an AggregateError, which has the code of its first.
  return faultOf(error) === "unreachable";
}

/** True when new credentials may help. The answer to a HEAD has no body that could name the reason. */
export function isExpired(thrown: unknown): boolean {
  const error = asError(thrown);
  return expired.has(error.name) || (isNameless(error) && [400, 403].includes(error.$metadata?.httpStatusCode ?? 0));
}

const isNameless = ({ name }: Error): boolean => ["Unknown", "UnknownError", "400", "403", "BadRequest"].includes(name);

/** Wraps what the SDK threw. `what` names the call and its object, as in "put manifest.json". */
export function storeError(thrown: unknown, what: string): StoreError {
  if (thrown instanceof StoreError) return thrown;
  const error = asError(thrown);
  const status = error.$metadata?.httpStatusCode;
  const inner = error instanceof AggregateError ? (error.errors[0] as Error | undefined)?.message : undefined;
  const silent = ["", "Error", "AggregateError", "Unknown", "UnknownError"];
  const text = [error.name, error.message || inner]
    .filter((part) => part !== undefined && !silent.includes(part))
    .filter((part, index, all) => all.indexOf(part) === index)
    .join(": ");
  const sentence = `${what}: ${text || (status ? "refused" : "no answer")}${status ? ` (HTTP ${status})` : ""}`;
  return new StoreError(faultOf(error), sentence, { cause: error });
}
