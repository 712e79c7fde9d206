import type { Session } from "../postgres/session.ts";

export interface Guard {
  /** Aborted when the session is gone, and when the run is. */
  readonly signal: AbortSignal;
  /** Tells the loss of the session as what it is, and not as what broke because of it. */
  run<T>(work: Promise<T>): Promise<T>;
}

/** Ends the work when the session is gone that holds the lock: another restore may begin then. */
export function guardSession(session: Session, signal: AbortSignal): Guard {
  const gone = new AbortController();
  session.lost.catch((error: unknown) => gone.abort(error));
  return {
    signal: AbortSignal.any([signal, gone.signal]),
    async run(work) {
      try {
        return await work;
      } catch (error) {
        if (gone.signal.aborted && !signal.aborted) throw gone.signal.reason;
        throw error;
      }
    },
  };
}
