/** How loud: a page wakes somebody, a ticket waits for the morning, none is for machines. */
export type Severity = "page" | "ticket" | "none";

export interface Alert {
  readonly severity: Severity;
  /** How long the expression must hold. */
  readonly for: string;
  readonly expr: string;
  /** What on-call reads first. */
  readonly summary: string;
  /** Why these numbers. */
  readonly why: string;
  /** Labels that `absent()` loses and that routing needs. */
  readonly labels?: Readonly<Record<string, string>>;
}
