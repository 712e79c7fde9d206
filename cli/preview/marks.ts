import { isSecret } from "@golive/infra/policies/secret-mark.ts";

/** What the engine puts where a value is known only after apply: by kind of value. */
const unknownMarks: ReadonlySet<unknown> = new Set([
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
  "output<string>",
]);

export function isUnknown(value: unknown): boolean {
  return unknownMarks.has(value) || (typeof value === "string" && /^output<.*>$/.test(value));
}

/** True when the value is not known yet, or has one anywhere in it that is not. */
export function holdsUnknown(value: unknown): boolean {
  if (isUnknown(value)) return true;
  return value !== null && typeof value === "object" && Object.values(value).some(holdsUnknown);
}

/** Names of properties whose values are secrets by their nature, marked or not. References to secrets are not. */
const sensitiveName =
  /(password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?|dsn|authorization)$/i;

export const isSensitiveName = (name: string): boolean => sensitiveName.test(name);

/**
 * True where nothing of a value may be shown although nobody marked it: all that a Kubernetes Secret holds, and an environment
 * variable with a telling name.
 */
export function isHiddenPlace(type: string, path: readonly (string | number)[], sides: readonly unknown[]): boolean {
  if (/^kubernetes:core\/v1:Secret(Patch|List)?$/.test(type) && path.some((it) => it === "data" || it === "stringData"))
    return true;
  if (
    path.includes("last-applied-configuration") ||
    path.some((it) => String(it).endsWith("last-applied-configuration"))
  )
    return true;
  if (path.some((it) => typeof it === "string" && isSensitiveName(it))) return true;
  return environmentOf(path, sides).some(isSensitiveName);
}

/** Names of the environment variables that `…env[n]` or `…env[n].value` stands for, on either side. */
function environmentOf(path: readonly (string | number)[], sides: readonly unknown[]): string[] {
  const at = path.lastIndexOf("env");
  const index = path[at + 1];
  if (at < 0 || index === undefined) return [];
  const entries = sides.map((side) => valueAt(side, path.slice(0, at + 2)));
  return entries.flatMap((entry) => {
    const name = (entry as { name?: unknown } | null | undefined)?.name;
    return typeof name === "string" ? [name] : [];
  });
}

export function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let at = value;
  for (const key of path) {
    if (isSecret(at)) return at;
    if (at === null || typeof at !== "object") return undefined;
    at = (at as Record<string | number, unknown>)[key];
  }
  return at;
}
