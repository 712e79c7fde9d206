/** Where a pipeline can go from each status. What is finished stays finished; a new attempt is a new pipeline. */
export const transitions = {
  queued: ["running", "cancelled"],
  running: ["succeeded", "failed", "cancelled"],
  succeeded: [],
  failed: [],
  cancelled: [],
} as const satisfies Record<string, readonly string[]>;

export type Status = keyof typeof transitions;

export const statuses = Object.keys(transitions) as [Status, ...Status[]];

export function isFinished(status: Status): boolean {
  return transitions[status].length === 0;
}

/** To stay where one is counts as possible, so that a request that is repeated after a lost answer does no harm. */
export function canBecome(from: Status, to: Status): boolean {
  return from === to || (transitions[from] as readonly Status[]).includes(to);
}
