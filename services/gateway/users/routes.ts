import type { RequestHandler } from "express";
import { z } from "zod";
import { actorOf } from "../audit/actor.ts";
import { principalOf } from "../auth/principal.ts";
import { page, pageQuery, pageRequest } from "../http/paging.ts";
import { ifMatch, sendVersioned } from "../http/preconditions.ts";
import { Problem } from "../http/problems.ts";
import { resourceId } from "../http/resource-id.ts";
import { validBody, validQuery } from "../http/validate.ts";
import { newUser, userPatch } from "./schema.ts";
import type { UserStore } from "./store.ts";

const uuid = z.uuid();

/** Handlers by operation id; the table of operations says where each is served. */
export function userHandlers(store: UserStore) {
  return {
    readMe: async (_request, response) => {
      const principal = principalOf(response);
      if (principal === undefined) throw new Problem("unauthenticated", "nobody sent this request");
      const { id, roles } = principal;
      // Another identity provider's subjects need not look like ids of ours.
      const user = uuid.safeParse(id).success ? await store.find(id) : undefined;
      response.json({ id, roles, user: user ?? null });
    },
    listUsers: async (request, response) => {
      const wanted = pageRequest(validQuery(pageQuery, request.query));
      response.json(page(await store.list(wanted), wanted.limit));
    },
    createUser: async (request, response) => {
      const user = await store.create(validBody(newUser, request.body), actorOf(response));
      response.location(`/api/users/${user.id}`);
      sendVersioned(response, 201, user);
    },
    readUser: async (request, response) => {
      sendVersioned(response, 200, await store.read(resourceId(request.params.id)));
    },
    updateUser: async (request, response) => {
      const id = resourceId(request.params.id);
      const patch = validBody(userPatch, request.body);
      sendVersioned(response, 200, await store.update(id, patch, ifMatch(request), actorOf(response)));
    },
    deleteUser: async (request, response) => {
      await store.delete(resourceId(request.params.id), ifMatch(request), actorOf(response));
      response.status(204).end();
    },
  } satisfies Record<string, RequestHandler>;
}
