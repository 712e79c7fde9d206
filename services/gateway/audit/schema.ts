import { z } from "zod";
import { roles } from "../auth/principal.ts";
import { pageQuery } from "../http/paging.ts";
import { line } from "../http/text.ts";
import { type Entity, entities } from "./entities.ts";

const values = z.record(z.string(), z.json()).nullable();

export const auditEntry = z.object({
  id: z.uuid(),
  at: z.iso.datetime(),
  actorId: z.string().describe("`sub` of the token, or system"),
  actorRole: z.enum([...roles, "system", "none"]),
  action: z.enum(["created", "updated", "deleted"]),
  entity: z.enum(Object.keys(entities) as [Entity, ...Entity[]]),
  entityId: z.uuid(),
  changed: z.array(z.string()).describe("all fields that changed; personal and free text among them is named only"),
  before: values,
  after: values,
  traceId: z.string().nullable().describe("finds the request that did it"),
});

export const auditQuery = pageQuery.extend({
  entityId: z.uuid().optional().describe("entries about this project, pipeline, user, run or deployment"),
  actorId: line(255).optional().describe("entries of what this actor did"),
});

/** A row as the driver gives it. */
export type AuditEntry = Omit<z.infer<typeof auditEntry>, "at"> & { readonly at: Date };
export type AuditFilter = Pick<z.infer<typeof auditQuery>, "entityId" | "actorId">;
