import { z } from "zod";
import { pageQuery } from "../http/paging.ts";
import { type Status, statuses } from "../pipelines/status.ts";
import { type FailureCode, failureCodes } from "./failures.ts";
import { stepNames } from "./steps.ts";

export const triggers = ["manual", "push", "schedule"] as const;
export const stepStatuses = ["pending", "running", "succeeded", "failed", "cancelled", "skipped"] as const;
export type StepStatus = (typeof stepStatuses)[number];

const status = z.enum(statuses);
const trigger = z.enum(triggers);
const failAt = z.enum(stepNames).nullable().describe("the step that is to fail, for drills");
const errorCode = z.enum(Object.keys(failureCodes) as [FailureCode, ...FailureCode[]]).nullable();

/** A run begins queued; an executor takes it up when one is free. */
export const newRun = z.strictObject({ trigger: trigger.default("manual"), failAt: failAt.default(null) });

export const runQuery = pageQuery.extend({ status: status.optional() });

const times = {
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  durationMs: z.int().nullable(),
  errorCode,
};

export const run = z.object({
  id: z.uuid(),
  projectId: z.uuid(),
  pipelineId: z.uuid(),
  number: z.int().min(1).describe("1, 2, 3, … in each pipeline"),
  status,
  trigger,
  failAt,
  cancelRequested: z.boolean(),
  ...times,
  traceId: z.string().nullable().describe("finds the run in traces and logs"),
  version: z.int().min(1).describe("as in the ETag"),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

export const step = z.object({
  position: z.int().min(1),
  name: z.string(),
  status: z.enum(stepStatuses),
  ...times,
});

export const runWithSteps = run.extend({ steps: z.array(step) });

export type NewRun = z.infer<typeof newRun>;

/** A row as the driver gives it. */
export interface Run extends NewRun {
  readonly id: string;
  readonly projectId: string;
  readonly pipelineId: string;
  readonly number: number;
  readonly status: Status;
  readonly cancelRequested: boolean;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly durationMs: number | null;
  readonly errorCode: FailureCode | null;
  readonly traceId: string | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type RunWithSteps = Run & { readonly steps: readonly z.infer<typeof step>[] };
