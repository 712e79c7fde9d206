import { z } from "zod";
import type { Access } from "../auth/principal.ts";
import type { ProblemType } from "../http/problems.ts";
import type { PolicyName } from "../limits/policies.ts";

/** One operation of the API: how it is routed, who may use it, how often, and what the document says of it. */
export interface Operation {
  readonly method: "get" | "post" | "patch" | "delete";
  /** As express writes it; the only path parameter is `:id`. */
  readonly path: string;
  /** Required, so that nothing is public by omission. */
  readonly access: Access;
  /** The rate limit it counts for. @default "read" for GET, "write" for all others */
  readonly limit?: PolicyName;
  readonly about: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  readonly success: { readonly status: 200 | 201 | 204; readonly body?: z.ZodType };
  /** Problems of this operation beside those that every one can have. */
  readonly problems: readonly ProblemType[];
  /** Takes If-Match and answers with an ETag. */
  readonly conditional?: true;
}

/** What can be wrong with a request's body. */
export const bodyProblems = [
  "malformed-request",
  "unsupported-media-type",
  "body-too-large",
  "invalid-body",
] as const satisfies readonly ProblemType[];

export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

/** Where people read the API. The document itself is beside it, for programs. */
export const docsPath = "/api/docs";

export const limitOf = ({ limit, method }: Operation): PolicyName => limit ?? (method === "get" ? "read" : "write");
