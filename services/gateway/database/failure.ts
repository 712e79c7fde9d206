import pg from "pg";

/** The database cannot serve now; the same request may succeed later. Becomes 503 with Retry-After. */
export class DatabaseUnavailable extends Error {
  override readonly name = "DatabaseUnavailable";
}

/**
 * What a failed query says about its connection.
 * - `none`: an answer about the statement, such as a violated constraint. The connection is good.
 * - `busy`: the statement lost against time or another transaction. The connection is good.
 * - `connection`: this connection is dead.
 * - `read-only`: the server behind it was demoted, so every connection of the pool points at the wrong server.
 */
export type Failure = "none" | "busy" | "connection" | "read-only";

// Class 08 is the network; 57P0x a server that stops, crashed or starts; 53300/53400 no slot; 28P01/28000 a rotated password;
// 3D000 a database that recovery has not created yet.
const connectionStates = /^(?:08...|57P0[1-5]|53300|53400|28P01|28000|3D000)$/;

// Cancelled by statement_timeout, lock_timeout, serialization, deadlock.
const busyStates = new Set(["57014", "55P03", "40001", "40P01"]);

const socketCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);
const resolverCodes = new Set(["ENOTFOUND", "EAI_AGAIN"]);

// The driver raises these without a code.
const driverMessages =
  /connection terminated|connection ended|not queryable|query read timeout|timeout exceeded when trying to connect|timeout expired/i;

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return "none";
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (error instanceof pg.DatabaseError) {
    if (code === "25006") return "read-only";
    if (connectionStates.test(code)) return "connection";
    return busyStates.has(code) ? "busy" : "none";
  }
  if (socketCodes.has(code) || resolverCodes.has(code) || driverMessages.test(error.message)) return "connection";
  return "none";
}

/** Whether `error` says that a unique or foreign-key constraint of this name forbids the row. */
export function violates(error: unknown, constraint: string): boolean {
  return error instanceof pg.DatabaseError && /^2350[35]$/.test(error.code ?? "") && error.constraint === constraint;
}

/**
 * Whether the server gave up waiting for a standby: it has committed here and reports success all the same, with this warning only
 * (SyncRepWaitForLSN in PostgreSQL's syncrep.c; statement_timeout is one of its causes). A failover may lose that row.
 */
export function saysUnreplicated({ message }: { readonly message?: string | undefined }): boolean {
  return message?.startsWith("canceling wait for synchronous replication") === true;
}
