/** Why a run or a step failed, as `error_code` has it. Clients may branch on these. */
export const failureCodes = {
  "step-failed": "the work of a step said so",
  interrupted: "whoever executed it went away in the middle",
  internal: "a fault of the gateway itself",
} as const satisfies Readonly<Record<string, string>>;

export type FailureCode = keyof typeof failureCodes;

/** The work of a step came to a bad end: a result of the pipeline, not a fault of the gateway. */
export class PipelineStepFailed extends Error {
  override readonly name = "PipelineStepFailed";
  readonly code = "step-failed" satisfies FailureCode;
}

/** The executor was told to stop while a run was going on. */
export class PipelineInterrupted extends Error {
  override readonly name = "PipelineInterrupted";
  readonly code = "interrupted" satisfies FailureCode;
}

/**
 * The row is no longer this executor's: its lease ran out, or its pipeline was deleted. Nothing may be written any
 * more.
 */
export class PipelineRunLost extends Error {
  override readonly name = "PipelineRunLost";
  readonly code = "lost";
}
