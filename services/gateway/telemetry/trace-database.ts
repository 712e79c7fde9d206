import { type Span, SpanKind } from "@opentelemetry/api";
import { statementText } from "./statement-text.ts";
import { withSpan } from "./with-span.ts";

export interface DatabaseFacts {
  /** As the semantic conventions name it. @default postgresql */
  readonly system?: string;
  /** Table or collection, when the operation has one; part of the span's name. */
  readonly collection?: string;
}

/**
 * A client span around one call to a database that no instrumentation knows. Results and errors pass as with `withSpan`.
 *
 * @param operation such as SELECT or HGET
 * @param statement exported without its literals, so that no value of a row leaves the process
 */
export function traceDatabase<T>(
  operation: string,
  statement: string,
  work: (span: Span) => T,
  { system = "postgresql", collection }: DatabaseFacts = {},
): T {
  const attributes = {
    "db.system.name": system,
    "db.operation.name": operation,
    "db.query.text": statementText(statement),
    ...(collection !== undefined && { "db.collection.name": collection }),
  };
  const name = collection === undefined ? operation : `${operation} ${collection}`;
  return withSpan(name, { kind: SpanKind.CLIENT, attributes }, work);
}
