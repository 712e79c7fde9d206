import { z } from "zod";
import { pageQuery } from "../http/paging.ts";
import { line } from "../http/text.ts";
import { type DeploymentStatus, deploymentStatuses } from "./status.ts";

export const environments = ["development", "staging", "production"] as const;
export type Environment = (typeof environments)[number];

const environment = z.enum(environments);
const status = z.enum(deploymentStatuses);
const runId = z.uuid().describe("the run that built what is deployed");
const release = line(100).describe("label of what is deployed, such as v1.4.2");

/** A deployment begins in progress. */
export const newDeployment = z.strictObject({ environment, runId, release });

/** What whoever carries it out reports of its end. */
export const deploymentPatch = z.strictObject({ status: z.enum(["succeeded", "failed"]) });

export const deploymentQuery = pageQuery.extend({ environment: environment.optional(), status: status.optional() });

export const deployment = z.object({
  id: z.uuid(),
  projectId: z.uuid(),
  environment,
  runId: runId.nullable().describe("null once the run was deleted with its pipeline"),
  release,
  status,
  rollsBack: z.uuid().nullable().describe("the deployment that this one takes back"),
  finishedAt: z.iso.datetime().nullable(),
  traceId: z.string().nullable().describe("finds the request that began it"),
  version: z.int().min(1).describe("as in the ETag"),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

export type NewDeployment = z.infer<typeof newDeployment>;
export type DeploymentPatch = z.infer<typeof deploymentPatch>;
export type DeploymentFilter = Pick<z.infer<typeof deploymentQuery>, "environment" | "status">;

/** A row as the driver gives it. */
export interface Deployment {
  readonly id: string;
  readonly projectId: string;
  readonly environment: Environment;
  readonly runId: string | null;
  readonly release: string;
  readonly status: DeploymentStatus;
  readonly rollsBack: string | null;
  readonly finishedAt: Date | null;
  readonly traceId: string | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
