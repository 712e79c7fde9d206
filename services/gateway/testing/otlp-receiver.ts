import { createServer } from "node:http";
import { gunzipSync } from "node:zlib";
import protobuf from "protobufjs";

/** The part of OTLP's trace messages that the tests look at; field numbers are those of opentelemetry-proto 1.x. */
const schema = `syntax = "proto3";
message Export { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Resource { repeated KeyValue attributes = 1; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
message Scope { string name = 1; }
message Span { bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6; repeated KeyValue attributes = 9; }
message KeyValue { string key = 1; Value value = 2; }
message Value { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }`;

const Export = protobuf.parse(schema, { keepCase: true }).root.lookupType("Export");

export interface ReceivedSpan {
  readonly scope: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
}

export interface OtlpReceiver {
  readonly endpoint: string;
  readonly spans: ReceivedSpan[];
  /** Paths other than the one for traces: metrics or logs that nobody asked for. */
  readonly otherPaths: string[];
  /** Bodies as text, to look for what must never leave. */
  readonly raw: string[];
  until(found: (spans: readonly ReceivedSpan[]) => boolean, what: string): Promise<void>;
  stop(): Promise<void>;
}

/** Takes spans as a collector would, by OTLP over HTTP with protobuf. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const otherPaths: string[] = [];
  const raw: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const sent = Buffer.concat(chunks);
    const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
    raw.push(body.toString("latin1"));
    if (request.url === "/v1/traces") spans.push(...decode(body));
    else otherPaths.push(request.url ?? "");
    response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP address from the kernel");
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    spans,
    otherPaths,
    raw,
    async until(found, what) {
      for (const limit = Date.now() + 60_000; !found(spans); ) {
        if (Date.now() > limit)
          throw new Error(`no ${what} within 60 s; got ${spans.map((span) => span.name).join(", ")}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface KeyValue {
  key: string;
  value?: { string_value?: string; bool_value?: boolean; int_value?: number; double_value?: number };
}
interface Decoded {
  resource_spans?: {
    resource?: { attributes?: KeyValue[] };
    scope_spans?: {
      scope?: { name?: string };
      spans?: { name: string; trace_id: Buffer; span_id: Buffer; parent_span_id?: Buffer; attributes?: KeyValue[] }[];
    }[];
  }[];
}

function decode(body: Buffer): ReceivedSpan[] {
  const decoded = Export.toObject(Export.decode(body), { longs: Number }) as Decoded;
  return (decoded.resource_spans ?? []).flatMap(({ resource, scope_spans = [] }) =>
    scope_spans.flatMap(({ scope, spans = [] }) =>
      spans.map((span) => ({
        scope: scope?.name ?? "",
        name: span.name,
        traceId: hex(span.trace_id),
        spanId: hex(span.span_id),
        parentSpanId: hex(span.parent_span_id),
        attributes: record(span.attributes),
        resource: record(resource?.attributes),
      })),
    ),
  );
}

const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("hex");

const record = (pairs: readonly KeyValue[] = []): Record<string, unknown> =>
  Object.fromEntries(pairs.map(({ key, value = {} }) => [key, Object.values(value)[0]]));
