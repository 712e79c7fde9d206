import type { Discussion, Note } from "./forge.ts";

/** Which run a comment is of; a later one may replace it, an earlier one may not. */
export interface Run {
  readonly id: number;
  readonly attempt: number;
}

export type Outcome = "created" | "edited" | "unchanged" | "silent" | "outdated";

export interface Wanted {
  readonly stack: string;
  readonly run: Run;
  /** Without the marker. */
  readonly body: string;
  /** True when there is nothing to tell: a comment that is there is edited, none is made. */
  readonly quiet: boolean;
}

/** Bytes that the marker takes at most. */
export const markerRoom = 200;

const marker = (stack: string, { id, attempt }: Run) =>
  `<!-- golive-preview stack=${stack} run=${id} attempt=${attempt} -->`;

/** Whose comment it is: that of the stack, by its first line. */
export function runOf(note: Note, me: string, stack: string): Run | undefined {
  if (note.author !== me) return undefined;
  const [first = ""] = note.body.split("\n");
  const [, of, id, attempt] = /^<!-- golive-preview stack=(\S+) run=(\d+) attempt=(\d+) -->$/.exec(first.trim()) ?? [];
  return of === stack ? { id: Number(id), attempt: Number(attempt) } : undefined;
}

const later = (a: Run, b: Run) => a.id - b.id || a.attempt - b.attempt;

/** How often a comment that somebody older wrote over is written again. */
const rewrites = 3;

/**
 * One comment a stack, whatever runs at the same time. Forges have no conditional writes, so everybody looks again after writing:
 * of several comments the one of the latest run stays, and a comment that an older run wrote over is written once more.
 */
export async function upsert(discussion: Discussion, { stack, run, body, quiet }: Wanted): Promise<Outcome> {
  if (!/^[a-z0-9][a-z0-9_.-]{0,99}$/i.test(stack)) throw new Error(`"${stack}" is no stack's name`);
  const text = `${marker(stack, run)}\n${body}`;
  const before = await own(discussion, stack);
  const newest = before.at(-1);
  if (!newest) {
    if (quiet) return "silent";
    await discussion.create(text);
    return (await settle(discussion, stack, run)) ? "created" : "outdated";
  }
  if (later(newest.run, run) > 0) return "outdated";
  if (newest.note.body === text && before.length === 1) return "unchanged";
  if (!(await discussion.update(newest.note.id, text))) return await upsert(discussion, { stack, run, body, quiet });
  for (let tries = 0; tries < rewrites; tries += 1) {
    const now = await discussion.read(newest.note.id);
    const found = now && runOf(now, discussion.me, stack);
    if (!found || later(found, run) >= 0) break;
    await discussion.update(newest.note.id, text);
  }
  return (await settle(discussion, stack, run)) ? "edited" : "outdated";
}

/** Leaves one comment: that of the latest run, the oldest of equals. True when it is this run's. */
async function settle(discussion: Discussion, stack: string, run: Run): Promise<boolean> {
  const all = await own(discussion, stack);
  const last = all.at(-1);
  for (const { note } of all.slice(0, -1)) await discussion.remove(note.id);
  return !last || later(last.run, run) <= 0;
}

/** Ours of the stack, the one that stays last. */
async function own(discussion: Discussion, stack: string): Promise<{ note: Note; run: Run }[]> {
  const found = (await discussion.list()).flatMap((note) => {
    const run = runOf(note, discussion.me, stack);
    return run ? [{ note, run }] : [];
  });
  return found.sort((a, b) => later(a.run, b.run) || b.note.id - a.note.id);
}
