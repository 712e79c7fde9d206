import type { RequestHandler } from "express";
import { Problem } from "../http/problems.ts";
import { validQuery } from "../http/validate.ts";
import { limitsQuery, resetQuery } from "./operations.ts";
import { limitState, resetLimit } from "./operator-view.ts";
import type { RateLimits } from "./rate-limits.ts";
import type { LimitSubject } from "./subject.ts";

/** For whoever is asked "why am I refused?": handlers by operation id. */
export function limitHandlers(limits: RateLimits) {
  return {
    readLimits: async (request, response) => {
      const subject = subjectIn(validQuery(limitsQuery, request.query));
      response.json({ items: await limitState(limits, subject) });
    },
    resetLimits: async (request, response) => {
      const query = validQuery(resetQuery, request.query);
      await resetLimit(limits, subjectIn(query), query.policy);
      response.status(204).end();
    },
  } satisfies Record<string, RequestHandler>;
}

interface Asked {
  readonly principal?: string | undefined;
  readonly address?: string | undefined;
}

function subjectIn({ principal, address }: Asked): LimitSubject {
  if (principal !== undefined && address === undefined) return { principal };
  if (address !== undefined && principal === undefined) return { address };
  const errors = ["principal", "address"].map((parameter) => ({ parameter, detail: "exactly one of the two" }));
  throw new Problem("invalid-query", "say whose limits: principal=… or address=…", { errors });
}
