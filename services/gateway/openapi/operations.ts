import { z } from "zod";
import { auditOperations } from "../audit/operations.ts";
import { deploymentOperations } from "../deployments/operations.ts";
import { limitOperations } from "../limits/operations.ts";
import { pipelineOperations } from "../pipelines/operations.ts";
import { projectOperations } from "../projects/operations.ts";
import { runOperations } from "../runs/operations.ts";
import { userOperations } from "../users/operations.ts";
import type { Operation } from "./operation.ts";

const health = z.object({
  status: z.enum(["ok", "unavailable"]),
  reason: z.string().optional(),
  version: z.string(),
  checks: z.object({
    postgres: z.object({ status: z.enum(["up", "read-only", "down"]), latencyMs: z.number() }),
    limits: z.object({
      status: z.enum(["shared", "replica"]).describe("replica: without the cache, each replica counts for itself"),
    }),
  }),
});

/** The API: what is routed, what is counted under which label, and what the OpenAPI document says, all from this table. */
export const operations = {
  health: {
    method: "get",
    path: "/api/health",
    access: "public",
    about: "State of this replica",
    success: { status: 200, body: health },
    problems: [],
  },
  openapi: {
    method: "get",
    path: "/api/openapi.json",
    access: "public",
    about: "This document",
    success: { status: 200, body: z.looseObject({}) },
    problems: [],
  },
  csrfToken: {
    method: "get",
    path: "/api/session/csrf-token",
    access: "public",
    about: "The token that a session in a cookie sends as x-csrf-token with whatever changes something",
    success: { status: 200, body: z.object({ token: z.string() }) },
    problems: ["unauthenticated"],
  },
  ...projectOperations,
  ...pipelineOperations,
  ...runOperations,
  ...deploymentOperations,
  ...userOperations,
  ...auditOperations,
  ...limitOperations,
} as const satisfies Record<string, Operation>;

export type OperationId = keyof typeof operations;
