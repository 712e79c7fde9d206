import { context, ROOT_CONTEXT } from "@opentelemetry/api";
import type { RequestHandler } from "express";
import type { Logger } from "pino";
import { principalOf } from "../auth/principal.ts";
import type { Database } from "../database/database.ts";
import { Problem } from "../http/problems.ts";

/** How long a disabled user's token may still be taken. Short beside a token's life, and one small query a replica. */
const refreshMs = 10_000;

export interface RefuseDisabledParts {
  readonly database: Pick<Database, "query">;
  readonly log: Logger;
  /** Monotonic, in ms. @default performance.now */
  readonly now?: () => number;
}

/**
 * Stands after `authenticate`: refuses the token of a user whom an administrator disabled; nothing else takes a signed
 * token back before it expires. While the database is away the last answer holds, so that routes which need no database
 * go on.
 */
export function refuseDisabled({ database, log, now = () => performance.now() }: RefuseDisabledParts): RequestHandler {
  let disabled: ReadonlySet<string> = new Set();
  let freshUntil = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;

  const ask = async (): Promise<void> => {
    try {
      const rows = await database.query<{ id: string }>("select id from users where disabled");
      disabled = new Set(rows.map(({ id }) => id));
    } catch (error) {
      log.warn({ err: error }, "disabled users cannot be read; those known before stay refused");
    }
    freshUntil = now() + refreshMs;
    asking = undefined;
  };

  return async (_request, response, next) => {
    const principal = principalOf(response);
    if (principal !== undefined) {
      // The question is nobody's request, so it is in nobody's trace.
      if (now() >= freshUntil) asking ??= context.with(ROOT_CONTEXT, ask);
      await asking;
      if (disabled.has(principal.id.toLowerCase())) {
        throw new Problem("forbidden", "this user is disabled; ask an administrator");
      }
    }
    next();
  };
}
