/** One short line of what is being done now ("build etcd, about 40 s"); the CLI shows the newest one. */
export type Report = (line: string) => void;

/** What everything that takes long is handed: where to tell, and when to give up. */
export interface Progress {
  readonly report: Report;
  readonly signal: AbortSignal;
}
