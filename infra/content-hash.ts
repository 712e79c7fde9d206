import { createHash } from "node:crypto";

/**
 * Ten hex digits that change with the content and not with the order of keys.
 * Used in names of immutable objects: a change makes a new object, pods roll onto it, and a bad one rolls back.
 */
export function contentHash(content: unknown): string {
  return createHash("sha256").update(stableJson(content)).digest("hex").slice(0, 10);
}

/** JSON with sorted keys. */
export function stableJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
