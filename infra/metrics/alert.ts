/** How loud: a page wakes somebody, a ticket waits for the morning, none is for machines. */
export type Severity = "page" | "ticket" | "none";

export interface Alert {
  readonly severity: Severity;
  /** How long the expression must hold. */
  readonly for: string;
  readonly expr: string;
  /** What on-call reads first. */
  readonly summary: string;
  /** The value and where, as a template of Prometheus, and what to do first. */
  readonly description: string;
  /** Slug of the runbook's page; alerts of one cause share one. */
  readonly runbook: string;
  /** Why these numbers. */
  readonly why: string;
  /** Labels that `absent()` loses and that routing needs. Never the value: it changes, and each change is a new alert that waits anew. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Alerts by name. */
export type Alerts = Readonly<Record<string, Alert>>;
