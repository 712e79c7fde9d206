import type { Subsystem } from "./contracts.ts";

interface Rule {
  readonly subsystem: Subsystem;
  /** Of error classes, in the chain of causes. */
  readonly names: RegExp;
  /** Of operations whose errors say nothing of a subsystem, such as a TypeError. */
  readonly routes: RegExp;
}

const none = /^$/;

/** The first rule that knows a class wins, the outermost error before its causes; then the first that knows the route. */
const rules: readonly Rule[] = [
  {
    subsystem: "database",
    // node-postgres, its pool, Prisma, and our own words for them.
    names: /^(?:DatabaseUnavailable|DatabaseError|MigrationRefused|PrismaClient\w*|error)$/,
    routes: none,
  },
  {
    subsystem: "cache",
    names:
      /^(?:ReplyError|RedisError|MaxRetriesPerRequestError|ClusterAllFailedError|Cache\w*|Limiter\w*|RateLimit\w*)$/,
    routes: none,
  },
  { subsystem: "upstream", names: /^(?:UpstreamFailure|Upstream\w*|BrokenCircuitError)$/, routes: none },
  {
    subsystem: "auth",
    names: /^(?:CredentialRefused|IdentityUnavailable|JOSE\w*|JW[KST]\w*)$/,
    routes: / \/api\/(?:auth|session)/,
  },
  { subsystem: "pipeline", names: /^Pipeline\w*$/, routes: /\/pipelines(?:\/|$)/ },
];

/** How far a chain of causes is followed; one can be a circle. */
const maxDepth = 8;

/** Which part of the platform an error belongs to. @param transaction such as "GET /api/pipelines/:id" */
export function subsystemOf(error: unknown, transaction: string | undefined): Subsystem {
  for (const name of errorNames(error)) {
    const rule = rules.find(({ names }) => names.test(name));
    if (rule) return rule.subsystem;
  }
  return rules.find(({ routes }) => transaction !== undefined && routes.test(transaction))?.subsystem ?? "gateway";
}

function errorNames(error: unknown): string[] {
  const names: string[] = [];
  for (let at = error, depth = 0; at instanceof Error && depth < maxDepth; at = at.cause, depth++) {
    // A class says more than `name` where a library leaves that as "Error" or, as node-postgres does, as "error".
    names.push(at.constructor.name === "Error" ? at.name : at.constructor.name, at.name);
  }
  return names;
}
