import { z } from "zod";
import type { Operation } from "../openapi/operation.ts";
import { limitModes, policyNames } from "./policies.ts";

const policy = z.enum(policyNames);

/** Whose counts: one of the two. */
export const limitsQuery = z
  .strictObject({
    principal: z.string().min(1).max(255).optional().describe("`sub` of the token of whoever is counted"),
    address: z
      .union([z.ipv4(), z.ipv6()])
      .optional()
      .describe("address of a client without a token; IPv6 stands for its /64"),
  })
  .describe("exactly one of principal and address");

export const resetQuery = limitsQuery.extend({ policy: policy.optional().describe("all of them by default") });

export const limitStates = z.object({
  items: z.array(
    z.object({
      policy,
      mode: z.enum(limitModes),
      points: z.int().describe("requests of a window"),
      seconds: z.int().describe("length of a window"),
      used: z.int(),
      remaining: z.int(),
      resetsInSeconds: z.int(),
      source: z.enum(["store", "replica"]).describe("replica: other replicas count for themselves"),
    }),
  ),
});

export const limitOperations = {
  readLimits: {
    method: "get",
    path: "/api/limits",
    access: "admin",
    about: "How a principal or an address stands with every rate limit",
    query: limitsQuery,
    success: { status: 200, body: limitStates },
    problems: ["invalid-query"],
  },
  resetLimits: {
    method: "delete",
    path: "/api/limits",
    access: "admin",
    about: "Begin the windows of a principal or an address anew",
    query: resetQuery,
    success: { status: 204 },
    problems: ["invalid-query"],
  },
} as const satisfies Record<string, Operation>;
