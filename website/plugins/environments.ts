import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The words that a page may put between double braces; each environment gives each of them a value. */
export const placeholders = [
  "stack",
  "gateway",
  "jaeger",
  "prometheus",
  "alertmanager",
  "tracker",
  "runbooks",
] as const;

export type Placeholder = (typeof placeholders)[number];
export type Environment = Readonly<Record<Placeholder, string>>;
export type Environments = Readonly<Record<string, Environment>>;

export const environmentsFile = (pagesFolder: string): string => join(pagesFolder, "environments.json");

/** Reads `environments.json`, which is generated from the stacks' configuration. */
export function readEnvironments(pagesFolder: string): Environments {
  const file = environmentsFile(pagesFolder);
  if (!existsSync(file)) throw new Error(`${file} is missing: it holds each environment's addresses`);
  return checkEnvironments(JSON.parse(readFileSync(file, "utf8")), file);
}

export function checkEnvironments(value: unknown, source: string): Environments {
  if (!isRecord(value)) throw new Error(`${source}: an object of environments is expected`);
  const problems = Object.entries(value).flatMap(([name, environment]) =>
    placeholders
      .filter((key) => typeof valuesOf(environment)[key] !== "string")
      .map((key) => `${name}.${key} is missing`),
  );
  // Pages as they are served, and readers without JavaScript, see the local values.
  if (!("local" in value)) problems.push("local is missing");
  if (problems.length > 0) throw new Error(`${source}: ${problems.join(", ")}`);
  return Object.fromEntries(
    Object.entries(value).map(([name, environment]) => [name, valuesOf(environment)]),
  ) as Environments;
}

/** Beside the values the file has how a terminal reaches what an environment publishes nowhere; pages need none of that. */
const valuesOf = (environment: unknown): Record<string, unknown> =>
  isRecord(environment) && isRecord(environment["values"]) ? environment["values"] : {};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
