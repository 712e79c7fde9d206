import { z } from "zod";

/** Where spans can go. `jaeger` is OTLP, which is all that Jaeger speaks since its second version. */
export const exporters = ["otlp", "jaeger", "zipkin", "console", "none"] as const;

/** Samplers of the standard that can be kept here, with the ratio they fix. The caller's flag decides nothing at a public edge. */
const samplers = {
  always_on: 1,
  always_off: 0,
  traceidratio: undefined,
  parentbased_always_on: 1,
  parentbased_always_off: 0,
  parentbased_traceidratio: undefined,
} as const satisfies Record<string, number | undefined>;
type SamplerName = keyof typeof samplers;
const samplerNames = Object.keys(samplers) as [SamplerName, ...SamplerName[]];

const propagators: ReadonlySet<string> = new Set(["tracecontext", "baggage"]);

const share = z
  .string()
  .regex(/^(\d+(\.\d*)?|\.\d+)(e-?\d+)?$/i, "must be a number from 0 to 1")
  .transform(Number)
  .pipe(z.number().max(1, "must be a number from 0 to 1"));
const integer = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const address = z.url({ protocol: /^https?$/, error: "must be an http or https URL" });

/** The standard's variables that are honoured, and the platform's own words for some of them. An empty value counts as unset. */
export const telemetryVariables = {
  OTEL_ENABLED: z.stringbool().default(true).describe("false: no spans, no trace ids, nothing registered"),
  OTEL_SDK_DISABLED: z.stringbool().default(false).describe("the standard's word for OTEL_ENABLED=false"),
  OTEL_SERVICE_NAME: z.string().max(255).default("gateway").describe("`service.name` of spans and log lines"),
  OTEL_EXPORTER: z
    .enum(exporters)
    .optional()
    .describe("where spans go; otlp when an OTLP endpoint is set, none otherwise"),
  OTEL_TRACES_EXPORTER: z.enum(exporters).optional().describe("the standard's word for OTEL_EXPORTER"),
  OTEL_EXPORTER_OTLP_ENDPOINT: address.optional().describe("the collector; /v1/traces is added"),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: address.optional().describe("the collector's address for traces, as it is"),
  OTEL_EXPORTER_OTLP_PROTOCOL: z.literal("http/protobuf").optional().describe("the only one that is spoken"),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: z.literal("http/protobuf").optional().describe("the same, for traces"),
  OTEL_EXPORTER_OTLP_TIMEOUT: integer(1, 60_000).default(3_000).describe("of one export with its repeats, in ms"),
  OTEL_EXPORTER_ZIPKIN_ENDPOINT: address
    .default("http://localhost:9411/api/v2/spans")
    .describe("where spans go with the exporter zipkin"),
  TRACE_RATIO: share.optional().describe("share of traces that are exported, 0–1; 1 when nothing else is set"),
  OTEL_TRACES_SAMPLER: z
    .enum(samplerNames)
    .optional()
    .describe("the standard's samplers; a caller's wish is never followed, parent-based or not"),
  OTEL_TRACES_SAMPLER_ARG: share.optional().describe("the standard's word for TRACE_RATIO"),
  OTEL_PROPAGATORS: z
    .string()
    .refine((list) => list.split(",").every((name) => propagators.has(name.trim())), "only tracecontext and baggage")
    .default("tracecontext,baggage")
    .describe("what goes on to upstreams of a caller's context"),
  OTEL_BSP_SCHEDULE_DELAY: integer(1, 600_000).default(5_000).describe("how long spans wait for company, in ms"),
  OTEL_BSP_MAX_QUEUE_SIZE: integer(1, 100_000).default(4_096).describe("spans that wait; newer ones are dropped"),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: integer(1, 100_000).default(512).describe("spans of one export"),
  OTEL_BSP_EXPORT_TIMEOUT: integer(1, 600_000).default(30_000).describe("after which a batch counts as lost, in ms"),
};

export type TelemetryEnvironment = z.infer<z.ZodObject<typeof telemetryVariables>>;

export type ExportTarget =
  | { readonly kind: "otlp"; readonly url: string; readonly timeoutMs: number }
  | { readonly kind: "zipkin"; readonly url: string }
  | { readonly kind: "console" }
  | { readonly kind: "none" };

export interface TelemetryConfig {
  readonly enabled: boolean;
  readonly serviceName: string;
  readonly target: ExportTarget;
  /** Share of traces that are exported, 0–1. @default 1: a small platform wants every trace; a busy one sets 0.1 */
  readonly ratio: number;
  readonly forwardBaggage: boolean;
  readonly queue: {
    readonly size: number;
    readonly batchSize: number;
    readonly delayMs: number;
    readonly exportTimeoutMs: number;
  };
}

export function telemetryConfig(e: TelemetryEnvironment): TelemetryConfig {
  return {
    enabled: e.OTEL_ENABLED && !e.OTEL_SDK_DISABLED,
    serviceName: e.OTEL_SERVICE_NAME,
    target: exportTarget(e),
    ratio: ratios(e)[0]?.ratio ?? 1,
    forwardBaggage: e.OTEL_PROPAGATORS.split(",").some((name) => name.trim() === "baggage"),
    queue: {
      size: e.OTEL_BSP_MAX_QUEUE_SIZE,
      // The default is above a queue that was made small.
      batchSize: Math.min(e.OTEL_BSP_MAX_EXPORT_BATCH_SIZE, e.OTEL_BSP_MAX_QUEUE_SIZE),
      delayMs: e.OTEL_BSP_SCHEDULE_DELAY,
      exportTimeoutMs: e.OTEL_BSP_EXPORT_TIMEOUT,
    },
  };
}

/** Variables that say different things about the same. */
export function telemetryFaults(e: TelemetryEnvironment): string[] {
  const faults: string[] = [];
  const { OTEL_EXPORTER: ours, OTEL_TRACES_EXPORTER: standard } = e;
  if (ours !== undefined && standard !== undefined && sameTarget(ours) !== sameTarget(standard)) {
    faults.push(`OTEL_EXPORTER, OTEL_TRACES_EXPORTER: must say the same, got "${ours}" and "${standard}"`);
  }
  const [first, ...others] = ratios(e);
  for (const other of others) {
    if (first === undefined || other.ratio === first.ratio) continue;
    faults.push(`${first.name}, ${other.name}: must say the same, got a ratio of ${first.ratio} and ${other.ratio}`);
  }
  return faults;
}

const sameTarget = (exporter: (typeof exporters)[number]) => (exporter === "jaeger" ? "otlp" : exporter);

function exportTarget(e: TelemetryEnvironment): ExportTarget {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: tracesEndpoint } = e;
  const implied = endpoint !== undefined || tracesEndpoint !== undefined ? "otlp" : "none";
  switch (e.OTEL_EXPORTER ?? e.OTEL_TRACES_EXPORTER ?? implied) {
    case "none":
      return { kind: "none" };
    case "console":
      return { kind: "console" };
    case "zipkin":
      return { kind: "zipkin", url: e.OTEL_EXPORTER_ZIPKIN_ENDPOINT };
    default: {
      const base = (endpoint ?? "http://localhost:4318").replace(/\/+$/, "");
      return { kind: "otlp", url: tracesEndpoint ?? `${base}/v1/traces`, timeoutMs: e.OTEL_EXPORTER_OTLP_TIMEOUT };
    }
  }
}

/** What is said of the ratio, the first to be followed. */
function ratios(e: TelemetryEnvironment): { readonly name: string; readonly ratio: number }[] {
  const said = [
    { name: "TRACE_RATIO", ratio: e.TRACE_RATIO },
    { name: "OTEL_TRACES_SAMPLER_ARG", ratio: e.OTEL_TRACES_SAMPLER_ARG },
    { name: "OTEL_TRACES_SAMPLER", ratio: e.OTEL_TRACES_SAMPLER && samplers[e.OTEL_TRACES_SAMPLER] },
  ];
  return said.flatMap(({ name, ratio }) => (ratio === undefined ? [] : [{ name, ratio }]));
}
