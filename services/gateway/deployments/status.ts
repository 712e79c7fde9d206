/** Where a deployment can go from each status. Only a rollback takes one back; a new attempt is a new deployment. */
export const transitions = {
  "in-progress": ["succeeded", "failed"],
  succeeded: ["rolled-back"],
  failed: ["rolled-back"],
  "rolled-back": [],
} as const satisfies Record<string, readonly string[]>;

export type DeploymentStatus = keyof typeof transitions;

export const deploymentStatuses = Object.keys(transitions) as [DeploymentStatus, ...DeploymentStatus[]];

/** To stay where one is counts as possible, so that a request that is repeated after a lost answer does no harm. */
export function canBecome(from: DeploymentStatus, to: DeploymentStatus): boolean {
  return from === to || (transitions[from] as readonly DeploymentStatus[]).includes(to);
}
