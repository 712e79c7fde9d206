import fc from "fast-check";
import { expect, test } from "vitest";
import { readPreloadSettings } from "./preload-settings.ts";

const telemetryOf = (env: NodeJS.ProcessEnv) => {
  const settings = readPreloadSettings(env);
  if ("faults" in settings) throw new Error(settings.faults.join("\n"));
  return settings.telemetry;
};
const faultsOf = (env: NodeJS.ProcessEnv) => {
  const settings = readPreloadSettings(env);
  return "faults" in settings ? settings.faults : [];
};

test("an empty environment traces everything and exports nothing", () => {
  expect(telemetryOf({})).toEqual({
    enabled: true,
    serviceName: "gateway",
    target: { kind: "none" },
    ratio: 1,
    forwardBaggage: true,
    queue: { size: 4096, batchSize: 512, delayMs: 5000, exportTimeoutMs: 30_000 },
  });
});

test.each([
  ["an endpoint alone means OTLP", { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318/" }, "otlp http://c:4318/v1/traces"],
  [
    "the address for traces is taken as it is",
    { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318", OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://t/x" },
    "otlp http://t/x",
  ],
  ["jaeger is OTLP", { OTEL_EXPORTER: "jaeger" }, "otlp http://localhost:4318/v1/traces"],
  ["zipkin has an address of its own", { OTEL_TRACES_EXPORTER: "zipkin" }, "zipkin http://localhost:9411/api/v2/spans"],
  ["none beats an endpoint", { OTEL_EXPORTER: "none", OTEL_EXPORTER_OTLP_ENDPOINT: "http://c" }, "none "],
  ["console", { OTEL_EXPORTER: "console" }, "console "],
  ["jaeger and otlp are no contradiction", { OTEL_EXPORTER: "jaeger", OTEL_TRACES_EXPORTER: "otlp" }, /^otlp/],
])("%s", (_what, env, expected) => {
  const { target } = telemetryOf(env as NodeJS.ProcessEnv);
  const shown = `${target.kind} ${"url" in target ? target.url : ""}`;
  if (typeof expected === "string") expect(shown).toBe(expected);
  else expect(shown).toMatch(expected);
});

test.each([
  [{}, 1],
  [{ TRACE_RATIO: "" }, 1],
  [{ TRACE_RATIO: "0" }, 0],
  [{ TRACE_RATIO: "0.1" }, 0.1],
  [{ OTEL_TRACES_SAMPLER_ARG: ".25" }, 0.25],
  [{ OTEL_TRACES_SAMPLER: "always_off" }, 0],
  [{ OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.5" }, 0.5],
  [{ TRACE_RATIO: "0.5", OTEL_TRACES_SAMPLER_ARG: "0.5" }, 0.5],
])("%j samples %d", (env, ratio) => {
  expect(telemetryOf(env as NodeJS.ProcessEnv).ratio).toBe(ratio);
});

test.each([
  ["OTEL_ENABLED", "false"],
  ["OTEL_ENABLED", "0"],
  ["OTEL_SDK_DISABLED", "true"],
])("%s=%s switches it off", (name, value) => {
  expect(telemetryOf({ [name]: value }).enabled).toBe(false);
});

test.each(["half", "-1", "1.5", "NaN", "0x1", "Infinity", "1e9"])(
  "a ratio of %s is refused with its value",
  (value) => {
    expect(faultsOf({ TRACE_RATIO: value })).toEqual([
      expect.stringMatching(new RegExp(`^TRACE_RATIO: .*"${value}"$`)),
    ]);
  },
);

test("every wrong variable is named at once", () => {
  const faults = faultsOf({
    OTEL_ENABLED: "perhaps",
    OTEL_EXPORTER: "datadog",
    OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4317",
    OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
    OTEL_PROPAGATORS: "b3",
    OTEL_BSP_MAX_QUEUE_SIZE: "0",
    OTEL_TRACES_SAMPLER: "jaeger_remote",
    TRACE_UI_URL: "jaeger",
    SENTRY_EVENTS_PER_MINUTE: "many",
  });
  expect(faults.map((fault) => fault.split(":")[0]).sort()).toEqual([
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_ENABLED",
    "OTEL_EXPORTER",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_PROPAGATORS",
    "OTEL_TRACES_SAMPLER",
    "SENTRY_EVENTS_PER_MINUTE",
    "TRACE_UI_URL",
  ]);
  expect(faults).toContainEqual(expect.stringMatching(/^OTEL_EXPORTER: .*got "datadog"$/));
});

test.each([
  [{ OTEL_EXPORTER: "zipkin", OTEL_TRACES_EXPORTER: "otlp" }, /^OTEL_EXPORTER, OTEL_TRACES_EXPORTER: /],
  [{ TRACE_RATIO: "1", OTEL_TRACES_SAMPLER_ARG: "0.1" }, /^TRACE_RATIO, OTEL_TRACES_SAMPLER_ARG: .* 1 and 0.1$/],
  [{ TRACE_RATIO: "0.5", OTEL_TRACES_SAMPLER: "always_on" }, /^TRACE_RATIO, OTEL_TRACES_SAMPLER: /],
  [{ SENTRY_DSN: "http://k@h/1", SENTRY_DSN_FILE: "/f" }, /^SENTRY_DSN, SENTRY_DSN_FILE: /],
])("%j contradicts itself", (env, message) => {
  expect(faultsOf(env as NodeJS.ProcessEnv)).toEqual([expect.stringMatching(message)]);
});

test("a DSN is never repeated", () => {
  const faults = faultsOf({ SENTRY_DSN: "https://CANARY@" });
  expect(faults).toEqual([expect.stringMatching(/^SENTRY_DSN: must look like/)]);
  expect(faults.join()).not.toContain("CANARY");
});

test("whatever a variable holds, it is a setting or a fault that names it", () => {
  const names = [
    "TRACE_RATIO",
    "OTEL_ENABLED",
    "OTEL_BSP_SCHEDULE_DELAY",
    "OTEL_EXPORTER",
    "OTEL_PROPAGATORS",
  ] as const;
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.string({ unit: "binary" }), (name, value) => {
      const settings = readPreloadSettings({ [name]: value });
      if ("faults" in settings) expect(settings.faults[0]).toMatch(new RegExp(`^${name}: `));
      else expect(settings.telemetry.ratio).toBeGreaterThanOrEqual(0);
    }),
  );
});
