import { z } from "zod";
import { nearest } from "./nearest.ts";
import { platformSchema, secretKeys } from "./schema.ts";

/** One wrong key: what stands there, what may stand there, and what to do. */
export interface ConfigFault {
  /** Full path, like `golive:postgres.instances`. */
  readonly path: string;
  /** The value as JSON, or "nothing". */
  readonly given: string;
  readonly allowed: string;
  readonly fix: string;
}

type Path = readonly PropertyKey[];

const keyPath = (path: Path) => `golive:${path.map(String).join(".")}`;

/** Faults of zod's issues, unknown keys included, in the order of their paths. */
export function faultsOf(issues: readonly z.core.$ZodIssue[], raw: unknown): ConfigFault[] {
  return issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((unknown) => unknownKey([...issue.path, unknown], siblings(issue.path)))
      : [wrongValue(issue, raw)],
  );
}

function wrongValue(issue: z.core.$ZodIssue, raw: unknown): ConfigFault {
  const value = valueAt(raw, issue.path);
  const { allowed = "a group of keys", description } = factsAt(issue.path);
  const about = description ? ` (${description})` : "";
  return {
    path: keyPath(issue.path),
    given: value === undefined ? "nothing" : shown(value),
    allowed,
    fix: `${value === undefined ? "add it" : "correct it"}${about}`,
  };
}

function unknownKey(path: Path, known: readonly string[]): ConfigFault {
  const close = nearest(String(path.at(-1)), known);
  return {
    path: keyPath(path),
    given: "an unknown key",
    allowed: known.join(", "),
    fix: close ? `did you mean ${keyPath([...path.slice(0, -1), close])}?` : "remove it",
  };
}

function siblings(path: Path): string[] {
  const schema = schemaAt(path);
  const keys =
    schema instanceof z.ZodRecord ? recordKeys(schema) : schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  return path.length === 0 ? [...keys, ...Object.keys(secretKeys)] : keys;
}

/** `allowed` and `description` of the nearest schema on the way to `path` that carries them. */
export function factsAt(path: Path): { allowed?: string; description?: string } {
  for (let depth = path.length; depth > 0; depth--) {
    const facts = metaOf(rawSchemaAt(path.slice(0, depth)));
    if (facts) return facts;
  }
  return {};
}

function metaOf(schema: z.ZodType | undefined): { allowed?: string; description?: string } | undefined {
  for (let at = schema; at; at = inner(at)) {
    const meta = at.meta();
    if (meta?.allowed) return meta as { allowed: string; description: string };
  }
  return undefined;
}

function inner(schema: z.ZodType): z.ZodType | undefined {
  const wraps = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return wraps ? (schema.unwrap() as z.ZodType) : undefined;
}

function rawSchemaAt(path: Path): z.ZodType | undefined {
  let at: z.ZodType | undefined = platformSchema;
  for (const step of path) {
    while (at && inner(at)) at = inner(at);
    at = child(at, String(step));
  }
  return at;
}

function child(schema: z.ZodType | undefined, step: string): z.ZodType | undefined {
  if (schema instanceof z.ZodObject) return (schema.shape as Record<string, z.ZodType>)[step];
  return schema instanceof z.ZodRecord ? (schema.valueType as z.ZodType) : undefined;
}

/** Names a record allows, where they are a closed list. */
function recordKeys({ keyType }: z.ZodRecord): string[] {
  return keyType instanceof z.ZodEnum ? Object.values(keyType.enum).map(String) : [];
}

function schemaAt(path: Path): z.ZodType | undefined {
  let at = rawSchemaAt(path);
  while (at && inner(at)) at = inner(at);
  return at;
}

function valueAt(raw: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      value !== null && typeof value === "object" ? (value as Record<PropertyKey, unknown>)[step] : undefined,
    raw,
  );
}

const longestShown = 80;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}
