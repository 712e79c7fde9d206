import { readFileSync } from "node:fs";
import { GoliveError } from "@golive/errors/golive-error.ts";
import type { z } from "zod";

/** Environment variables as a process has them. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Every fault at once. Values are shown: no variable here holds a secret that zod could reject. */
export function check<Shape extends z.ZodType>(shape: Shape, env: Env): z.output<Shape> {
  // An empty value counts as unset: Kubernetes manifests write "" for "not given".
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const result = shape.safeParse(given);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => {
    const key = issue.path.join(".");
    return given[key] === undefined ? `${key} is not set: ${issue.message}` : `${key}=${given[key]}: ${issue.message}`;
  });
  throw new GoliveError("CONFIG_INVALID", faults.join("; "), "Set these environment variables; --help lists them all.");
}

/** Content of a mounted secret without the line end that editors and `echo` add. */
export function secretFile(variable: string, path: string): string {
  let content: string;
  try {
    content = readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? "unreadable";
    throw new GoliveError("CONFIG_INVALID", `${variable}=${path}: ${why}`, "Mount the secret there.", { cause });
  }
  if (content === "")
    throw new GoliveError("CONFIG_INVALID", `${variable}=${path}: the file is empty`, "Fill the secret.");
  return content;
}
