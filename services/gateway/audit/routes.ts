import type { RequestHandler } from "express";
import { page, pageRequest } from "../http/paging.ts";
import { validQuery } from "../http/validate.ts";
import { auditQuery } from "./schema.ts";
import type { AuditStore } from "./store.ts";

/** Handlers by operation id; the table of operations says where each is served. */
export function auditHandlers(store: AuditStore) {
  return {
    listAuditEntries: async (request, response) => {
      const query = validQuery(auditQuery, request.query);
      const wanted = pageRequest(query);
      response.json(page(await store.list(query, wanted), wanted.limit));
    },
  } satisfies Record<string, RequestHandler>;
}
