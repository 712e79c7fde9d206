/** How an event for the error tracker can end. Each event ends exactly one way, so their sum is how many there were. */
export const outcomes = {
  sent: "the tracker took it",
  limited: "held back here: this replica sent as many as it may",
  refused: "the tracker answered that it takes no more",
  failed: "the tracker could not be reached or had a fault of its own",
  dropped: "lost in this process, by a full queue or a fault while it was made",
  unconnected: "no tracker is set",
} as const satisfies Record<string, string>;

export type Outcome = keyof typeof outcomes;

/** Since the start; the tracker runs before there is a registry of metrics. */
export const trackerCounts: Record<Outcome, number> = {
  sent: 0,
  limited: 0,
  refused: 0,
  failed: 0,
  dropped: 0,
  unconnected: 0,
};
