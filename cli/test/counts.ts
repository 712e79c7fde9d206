/** What a run of tests gave. */
export interface Counts {
  readonly passed: number;
  readonly failed: readonly Failure[];
  readonly skipped: readonly Skip[];
}

export interface Failure {
  readonly test: string;
  readonly file: string;
  readonly message: string;
}

export interface Skip {
  readonly test: string;
  readonly file: string;
  /** Given to `context.skip(reason)`; a skip without one is shown as such, so that it gets one. */
  readonly reason: string;
}

export const none: Counts = { passed: 0, failed: [], skipped: [] };

export function sum(all: readonly Counts[]): Counts {
  return {
    passed: all.reduce((total, { passed }) => total + passed, 0),
    failed: all.flatMap(({ failed }) => failed),
    skipped: all.flatMap(({ skipped }) => skipped),
  };
}

/** The line that programs read: `12 passed, 0 failed, 3 skipped`. */
export function countsLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed.length} failed, ${skipped.length} skipped`;
}
