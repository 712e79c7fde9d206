import type { Role } from "../auth/principal.ts";
import type { Environment } from "../deployments/schema.ts";
import type { DeploymentStatus } from "../deployments/status.ts";
import type { Status } from "../pipelines/status.ts";
import type { RunEnd } from "../runs/metrics.ts";
import type { StepName } from "../runs/steps.ts";

interface SeedUser {
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly disabled: boolean;
}

/** One of each role, and one who may do nothing. The domain is reserved for examples: no mail reaches anybody. */
export const users = [
  { email: "ada@golive.example", name: "Ada Admin", role: "admin", disabled: false },
  { email: "olga@golive.example", name: "Olga Operator", role: "operator", disabled: false },
  { email: "vera@golive.example", name: "Vera Viewer", role: "viewer", disabled: false },
  { email: "dora@golive.example", name: "Dora Disabled", role: "admin", disabled: true },
] as const satisfies readonly SeedUser[];

export interface SeedRun {
  readonly status: RunEnd;
  /** Where it ended, unless it succeeded. */
  readonly endsAt?: StepName;
}

export interface SeedPipeline {
  readonly name: string;
  readonly ref: string;
  readonly status: Status;
  readonly runs: readonly SeedRun[];
}

export interface SeedDeployment {
  readonly environment: Environment;
  /** Of the first pipeline, and one that succeeded. */
  readonly runNumber: number;
  readonly release: string;
  readonly status: DeploymentStatus;
}

export interface SeedProject {
  readonly name: string;
  readonly slug: string;
  readonly description: string;
  readonly pipelines: readonly SeedPipeline[];
  readonly deployments: readonly SeedDeployment[];
}

/**
 * Between them they show every end of a run and of a deployment. None is unfinished, or an executor would change it.
 */
export const projects: readonly SeedProject[] = [
  {
    name: "Shop",
    slug: "shop",
    description: "The storefront: deployed often, rolled back once.",
    pipelines: [
      {
        name: "main",
        ref: "main",
        status: "succeeded",
        runs: [
          { status: "succeeded" },
          { status: "failed", endsAt: "test" },
          { status: "succeeded" },
          { status: "cancelled", endsAt: "build" },
          { status: "succeeded" },
        ],
      },
      { name: "nightly", ref: "main", status: "failed", runs: [{ status: "failed", endsAt: "deploy" }] },
    ],
    deployments: [
      { environment: "staging", runNumber: 1, release: "v1.0.0", status: "succeeded" },
      { environment: "production", runNumber: 1, release: "v1.0.0", status: "succeeded" },
      { environment: "staging", runNumber: 3, release: "v1.1.0", status: "succeeded" },
      { environment: "production", runNumber: 3, release: "v1.1.0", status: "rolled-back" },
      { environment: "production", runNumber: 5, release: "v1.1.1", status: "succeeded" },
    ],
  },
  {
    name: "Billing",
    slug: "billing",
    description: "Invoices: the last deployment failed, which makes it one to look at.",
    pipelines: [{ name: "main", ref: "main", status: "succeeded", runs: [{ status: "succeeded" }] }],
    deployments: [
      { environment: "staging", runNumber: 1, release: "2026.1", status: "succeeded" },
      { environment: "production", runNumber: 1, release: "2026.1", status: "failed" },
    ],
  },
  {
    name: "Docs",
    slug: "docs",
    description: "A project that has done nothing yet.",
    pipelines: [],
    deployments: [],
  },
];
