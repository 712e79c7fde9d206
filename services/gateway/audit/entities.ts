/**
 * What is audited, with the fields whose values an entry repeats. Of every other field an entry says only that it
 * changed: a name, an address of a person, free text and a URL can hold what an append-only table must never keep.
 */
export const entities = {
  project: ["slug"],
  pipeline: ["projectId", "status"],
  user: ["role", "disabled"],
  run: ["pipelineId", "number", "status", "trigger", "failAt", "cancelRequested", "errorCode"],
  deployment: ["projectId", "environment", "runId", "release", "status", "rollsBack"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Entity = keyof typeof entities;

/** Fields that change with every change, and so say nothing. */
export const bookkeeping: ReadonlySet<string> = new Set(["id", "version", "createdAt", "updatedAt"]);
