import { type Operation, pageOf } from "../openapi/operation.ts";
import { auditEntry, auditQuery } from "./schema.ts";

export const auditOperations = {
  listAuditEntries: {
    method: "get",
    path: "/api/audit",
    access: "admin",
    about: "Who changed what, newest first",
    query: auditQuery,
    success: { status: 200, body: pageOf(auditEntry) },
    problems: ["invalid-query"],
  },
} as const satisfies Record<string, Operation>;
