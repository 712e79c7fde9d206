import { GoliveError } from "@golive/errors/golive-error.ts";

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Process groups of running children, ended outright by the second Ctrl-C. */
  readonly children: Set<number>;
  /** From here on signals do what they always do. */
  done(): void;
}

export const interrupted = () =>
  new GoliveError("INTERRUPTED", "stopped on request", "Run the same command again; it goes on from where it stopped.");

/**
 * First Ctrl-C (or TERM): the signal aborts, and whoever works stops in good order: Pulumi finishes what it has begun and writes
 * its state, locks are released. Second: children are killed and the process leaves; the next run clears up after it.
 */
export function interruptible(): Interrupt {
  const controller = new AbortController();
  const children = new Set<number>();
  let times = 0;
  const onSignal = () => {
    times += 1;
    if (times === 1) {
      process.stderr.write("\nstopping in good order; Ctrl-C again stops at once\n");
      controller.abort(interrupted());
      return;
    }
    for (const pid of children) killGroup(pid);
    process.stderr.write(
      "error INTERRUPTED: stopped at once\nhint: Run the same command again; it clears up what was left half-done.\n",
    );
    process.exit(130);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const name of signals) process.on(name, onSignal);
  return {
    signal: controller.signal,
    children,
    done: () => {
      for (const name of signals) process.off(name, onSignal);
    },
  };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Gone already.
  }
}
