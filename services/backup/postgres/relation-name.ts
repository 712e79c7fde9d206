import { escapeIdentifier } from "pg";

/** As SQL writes it, and quoted only where it must be: `"a.b".c` and `a."b.c"` stay two. */
export function relationName({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return [schema, name].map((part) => (/^[a-z_][a-z0-9_]*$/.test(part) ? part : escapeIdentifier(part))).join(".");
}
