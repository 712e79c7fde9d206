import type { z } from "zod";
import { type FieldError, Problem } from "./problems.ts";

/** The body as the schema has it. @throws Problem with every wrong field at once. */
export function validBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const errors = result.error.issues
    .flatMap(fieldErrors)
    .map(({ path, detail }) => ({ pointer: pointer(path), detail }));
  throw new Problem("invalid-body", summary(errors), { errors });
}

/** The query string as the schema has it. @throws Problem with every wrong parameter at once. */
export function validQuery<T>(schema: z.ZodType<T>, query: unknown): T {
  const result = schema.safeParse(query);
  if (result.success) return result.data;
  const errors = result.error.issues.map((issue) => ({ parameter: issue.path.join("."), detail: issue.message }));
  throw new Problem("invalid-query", summary(errors), { errors });
}

/** zod reports unknown keys as one issue of their parent; a client wants each at its own place. */
function fieldErrors(issue: z.core.$ZodIssue): { path: PropertyKey[]; detail: string }[] {
  if (issue.code !== "unrecognized_keys") return [{ path: issue.path, detail: issue.message }];
  return issue.keys.map((key) => ({ path: [...issue.path, key], detail: "unknown field" }));
}

/** RFC 6901. */
function pointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

const summary = (errors: readonly FieldError[]): string =>
  errors.length === 1 ? "1 value is not valid, see errors" : `${errors.length} values are not valid, see errors`;
