import { redact } from "@golive/errors/redact.ts";

/** Kinds of runs that people are told of. */
export const runKinds = ["backup", "prune", "verify", "drill", "monitor"] as const;
export type RunKind = (typeof runKinds)[number];

/** What can be told: how loud it is, and what a title says between the run and the database. */
export const eventKinds = {
  failure: { severity: "critical", says: "failed for" },
  "red-drill": { severity: "critical", says: "is red: a backup does not restore, of" },
  anomaly: { severity: "warning", says: "asks somebody to look at" },
  recovery: { severity: "info", says: "is well again for" },
  success: { severity: "info", says: "went well for" },
  test: { severity: "info", says: "test message for" },
} as const satisfies Record<string, { severity: "critical" | "warning" | "info"; says: string }>;
export type EventKind = keyof typeof eventKinds;

export interface NotifyEvent {
  readonly kind: EventKind;
  readonly run: RunKind;
  readonly environment: string;
  /** Databases of the run, for people. */
  readonly database: string;
  readonly at: Date;
  /** What happened: any text, redacted when it is sent. */
  readonly text: string;
  /** What to do next. */
  readonly hint?: string | undefined;
  readonly code?: string | undefined;
  /** Address of the page that says what to do. */
  readonly runbook?: string | undefined;
}

/** As in `[production] backup failed for "app"`. One line, whatever a database is called. */
export function titleOf({ kind, run, environment, database }: NotifyEvent): string {
  return oneLine(`[${environment}] ${run} ${eventKinds[kind].says} ${JSON.stringify(database)}`, 200);
}

/** The message below the title: text, hint, code, time, runbook; redacted, at most `most` characters. */
export function linesOf({ text, hint, code, at, runbook }: NotifyEvent, most = 2500): string[] {
  const short = cut(redact(text), most);
  return [
    short,
    ...(hint ? [cut(redact(hint), 500)] : []),
    `${code ? `${code}, ` : ""}${at.toISOString()}`,
    ...(runbook ? [runbook] : []),
  ];
}

/** Without line ends and control characters: safe for a header and for a title. */
export function oneLine(text: string, most: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
  return cut(redact(text).replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " "), most);
}

/** By code points: half of an emoji is not valid text. */
function cut(text: string, most: number): string {
  const points = [...text];
  return points.length <= most ? text : `${points.slice(0, most - 1).join("")}…`;
}
