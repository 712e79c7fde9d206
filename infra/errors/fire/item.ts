import type { TrackerProject } from "../projects.ts";

/** What a term of a query can be compared with. */
export type FieldValue = string | number | boolean;

interface Facts {
  readonly project: TrackerProject;
  /** When it happened, in ms since 1970. */
  readonly timeMs: number;
  readonly environment: string;
  /** Everything that a query can ask for, under the name it is asked by: tags, attributes, `level`, `span.op`. */
  readonly fields: Readonly<Record<string, FieldValue>>;
}

/** An error or a message, as Sentry keeps it. */
export interface EventItem extends Facts {
  readonly kind: "event";
  /** Sentry's own word: with an exception it is an `error`, without one `default`. */
  readonly type: "error" | "default";
  /** What makes events one issue. */
  readonly group: string;
  /** 10 debug … 50 fatal. */
  readonly level: number;
}

export interface SpanItem extends Facts {
  readonly kind: "span";
  readonly failed: boolean;
}

/** A visit as it ended. */
export interface SessionItem extends Facts {
  readonly kind: "session";
  /** Visits counted together; 1 where each is told of. */
  readonly count: number;
  readonly crashed: boolean;
}

export type Item = EventItem | SpanItem | SessionItem;

/** How an issue stood before anything of what is observed happened. An issue that is absent is new. */
export type IssueStatus = "unresolved" | "resolved";

/** Groups of two projects are two issues, however alike their events are. */
export const issueOf = ({ project, group }: EventItem): string => `${project} ${group}`;

/** What left the processes, and what the tracker knew before. */
export interface Observed {
  readonly items: readonly Item[];
  /** By `issueOf` their events. */
  readonly issues?: ReadonlyMap<string, IssueStatus>;
}
