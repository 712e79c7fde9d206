import { z } from "zod";
import { Problem } from "./problems.ts";

/**
 * Lists run newest first, by id: ids begin with their time of birth (UUIDv7) and never change, so a page that was handed out
 * stays where it was, whatever is created or deleted meanwhile.
 */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20).describe("items of one page"),
  cursor: z.string().max(64).optional().describe("`nextCursor` of the page before"),
});

export interface PageRequest {
  readonly limit: number;
  /** Id of the last item of the page before. */
  readonly after: string | undefined;
}

export interface Page<Item> {
  readonly items: Item[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

const cursorText = /^[A-Za-z0-9_-]{22}$/;

export function pageRequest({ limit, cursor }: z.infer<typeof pageQuery>): PageRequest {
  return { limit, after: cursor === undefined ? undefined : decodeCursor(cursor) };
}

/** `rows`: one more than the page holds, when there are more. */
export function page<Item extends { readonly id: string }>(rows: readonly Item[], limit: number): Page<Item> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: last && rows.length > limit ? encodeCursor(last.id) : null };
}

/** An id's sixteen bytes: short, and opaque enough that nobody builds one. */
export function encodeCursor(id: string): string {
  return Buffer.from(id.replaceAll("-", ""), "hex").toString("base64url");
}

export function decodeCursor(cursor: string): string {
  const bytes = Buffer.from(cursor, "base64url");
  if (!cursorText.test(cursor) || bytes.length !== 16) {
    const errors = [{ parameter: "cursor", detail: "not a cursor of this API" }];
    throw new Problem("invalid-query", "1 value is not valid, see errors", { errors });
  }
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
