import { z } from "zod";
import { pageQuery } from "../http/paging.ts";
import { line } from "../http/text.ts";
import { type Status, statuses } from "./status.ts";

const status = z.enum(statuses);
const name = line(200);
const ref = line(255).describe("branch, tag or commit; fixed for the pipeline's life");

/** A pipeline begins queued. */
export const newPipeline = z.strictObject({ name, ref });

/** A merge patch: what is absent stays. */
export const pipelinePatch = z.strictObject({ name, status }).partial();

export const pipelineQuery = pageQuery.extend({ status: status.optional() });

export const pipeline = z.object({
  id: z.uuid(),
  projectId: z.uuid(),
  name,
  ref,
  status,
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  version: z.int().min(1).describe("as in the ETag"),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

export type NewPipeline = z.infer<typeof newPipeline>;
export type PipelinePatch = z.infer<typeof pipelinePatch>;

/** A row as the driver gives it. */
export interface Pipeline extends NewPipeline {
  readonly id: string;
  readonly projectId: string;
  readonly status: Status;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
