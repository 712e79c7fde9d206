import type { TrackerProject } from "../projects.ts";
import type { FieldValue, SpanItem } from "./item.ts";

/** A span as OTLP has it. */
export interface OtlpSpan {
  readonly name: string;
  /** 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  /** Hex; empty for a root. */
  readonly parentSpanId: string;
  /** Bit 9 says that the parent is in another process. */
  readonly flags: number;
  /** In ms since 1970. */
  readonly startMs: number;
  readonly endMs: number;
  /** 0 unset, 1 ok, 2 error. */
  readonly statusCode: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
}

const kinds = { server: 2, client: 3 } as const;
const remoteParent = 0x200;
const errorStatus = 2;

/** Attribute → op, the first that a span has; requests come before them. Of relay's own table of OpenTelemetry conventions. */
const opOfAttribute = {
  "db.system.name": "db",
  "gen_ai.provider.name": "gen_ai",
  "rpc.service": "rpc",
  "messaging.system": "message",
} as const;

/** What Sentry's ingest makes of a span that came by OTLP. */
export function fromOtlpSpan(span: OtlpSpan, project: TrackerProject): SpanItem {
  const { attributes, resource } = span;
  const failed = span.statusCode === errorStatus;
  const isTransaction = span.parentSpanId === "" || (span.flags & remoteParent) !== 0;
  return {
    kind: "span",
    project,
    timeMs: span.endMs,
    // Sentry's own attribute comes before the standard's; it takes what says neither for production.
    environment: String(attributes["sentry.environment"] ?? resource["deployment.environment.name"] ?? "production"),
    failed,
    fields: {
      ...values(attributes),
      is_transaction: isTransaction,
      "span.op": opOf(span),
      "span.description": span.name,
      // An unset status counts as good.
      "span.status": failed ? "error" : "ok",
      "span.duration": span.endMs - span.startMs,
    },
  };
}

function opOf({ attributes, kind }: OtlpSpan): string {
  if (typeof attributes["sentry.op"] === "string") return attributes["sentry.op"];
  if ("http.request.method" in attributes) {
    if (kind === kinds.server) return "http.server";
    return kind === kinds.client ? "http.client" : "http";
  }
  const known = Object.entries(opOfAttribute).find(([attribute]) => attribute in attributes);
  return known?.[1] ?? "default";
}

const values = (attributes: Readonly<Record<string, unknown>>): Record<string, FieldValue> =>
  Object.fromEntries(
    Object.entries(attributes).filter(
      (entry): entry is [string, FieldValue] =>
        typeof entry[1] === "string" || typeof entry[1] === "number" || typeof entry[1] === "boolean",
    ),
  );
