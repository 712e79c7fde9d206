import { isLocked, takeLock } from "../postgres/lock.ts";
import type { Session } from "../postgres/session.ts";

const what = (live: string): string => `restore into database ${JSON.stringify(live)}`;

/** One restore, undo or drop of a database at a time, in the maintenance database. It ends with its session. */
export const restoreLock = {
  /** @throws LOCKED with who holds it */
  take: (session: Session, live: string): Promise<void> => takeLock(session, what(live)),
  held: (session: Session, live: string): Promise<boolean> => isLocked(session, what(live)),
} as const;
