import type { OtlpSpan } from "@golive/infra/errors/fire/from-span.ts";
import protobuf from "protobufjs";

/** The part of OTLP's trace messages that alert rules can ask for; field numbers are those of opentelemetry-proto 1.x. */
const schema = `syntax = "proto3";
message Export { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Resource { repeated KeyValue attributes = 1; }
message ScopeSpans { repeated Span spans = 2; }
message Span {
  bytes parent_span_id = 4; string name = 5; int32 kind = 6; fixed64 start_time_unix_nano = 7;
  fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; Status status = 15; fixed32 flags = 16;
}
message Status { int32 code = 3; }
message KeyValue { string key = 1; Value value = 2; }
message Value { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }`;

const Export = protobuf.parse(schema, { keepCase: true }).root.lookupType("Export");

interface KeyValue {
  key: string;
  value?: { string_value?: string; bool_value?: boolean; int_value?: number; double_value?: number };
}
interface DecodedSpan {
  parent_span_id?: Uint8Array;
  name?: string;
  kind?: number;
  start_time_unix_nano?: number;
  end_time_unix_nano?: number;
  attributes?: KeyValue[];
  status?: { code?: number };
  flags?: number;
}
interface Decoded {
  resource_spans?: { resource?: { attributes?: KeyValue[] }; scope_spans?: { spans?: DecodedSpan[] }[] }[];
}

/** Spans of one export as it arrived: the body of a request to /v1/traces, unpacked. */
export function decodeSpans(body: Uint8Array): OtlpSpan[] {
  const decoded = Export.toObject(Export.decode(body), { longs: Number }) as Decoded;
  return (decoded.resource_spans ?? []).flatMap(({ resource, scope_spans = [] }) =>
    scope_spans.flatMap(({ spans = [] }) =>
      spans.map((span) => ({
        name: span.name ?? "",
        kind: span.kind ?? 0,
        parentSpanId: Buffer.from(span.parent_span_id ?? []).toString("hex"),
        flags: span.flags ?? 0,
        startMs: (span.start_time_unix_nano ?? 0) / 1e6,
        endMs: (span.end_time_unix_nano ?? 0) / 1e6,
        statusCode: span.status?.code ?? 0,
        attributes: record(span.attributes),
        resource: record(resource?.attributes),
      })),
    ),
  );
}

const record = (pairs: readonly KeyValue[] = []): Record<string, unknown> =>
  Object.fromEntries(pairs.map(({ key, value = {} }) => [key, Object.values(value)[0]]));
