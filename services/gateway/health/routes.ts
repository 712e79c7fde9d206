import type { IncomingMessage } from "node:http";
import type { RequestHandler } from "express";
import type { RateLimits } from "../limits/rate-limits.ts";
import type { Readiness } from "./readiness.ts";

/** Probes outnumber people, and nobody ever looks for the trace of one. */
export const isProbe = ({ url = "" }: IncomingMessage): boolean => /^\/(livez|readyz)(\?|$)/.test(url);

export function healthHandlers(readiness: Readiness, limits: Pick<RateLimits, "isShared">, version: string) {
  return {
    /** The process answers. It says nothing of the database: a restart would not bring that back. */
    live: (_request, response) => {
      response.type("text/plain").send("ok\n");
    },
    ready: async (_request, response) => {
      const reason = await readiness.notReadyBecause();
      response
        .status(reason ? 503 : 200)
        .type("text/plain")
        .send(`${reason ?? "ok"}\n`);
    },
    /** The same facts for people. */
    health: async (_request, response) => {
      const reason = await readiness.notReadyBecause();
      const postgres = await readiness.checkDatabase();
      const status = reason ? "unavailable" : "ok";
      // No reason to be unready: limits go on without the cache, each replica with counts of its own.
      const checks = { postgres, limits: { status: limits.isShared ? "shared" : "replica" } };
      response.status(reason ? 503 : 200).json({ status, ...(reason && { reason }), version, checks });
    },
  } satisfies Record<string, RequestHandler>;
}
