import { z } from "zod";

const address = z.url({ protocol: /^https?$/, error: "must be an http or https URL" });

export const trackerVariables = {
  SENTRY_DSN_FILE: z
    .string()
    .optional()
    .describe("file with the DSN of the error tracker; empty or absent: no tracker"),
  SENTRY_DSN: z.string().optional().describe("the DSN itself, for trials; SENTRY_DSN_FILE keeps it out of `env`"),
  SENTRY_RELEASE: z.string().max(200).optional().describe("version that errors are counted under; <service>@<version>"),
  SENTRY_EVENTS_PER_MINUTE: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(60)
    .describe("events that this replica sends at most; the rest is counted"),
  TRACE_UI_URL: address.optional().describe("where people open traces; events link to <it>/trace/<id>"),
  SECURITY_EVENT_WINDOW_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(86_400)
    .default(300)
    .describe("how long a security event of the same kind and key is only counted"),
};

export type TrackerEnvironment = z.infer<z.ZodObject<typeof trackerVariables>>;

export interface TrackerConfig {
  /** Undefined: errors are counted and logged, and sent nowhere. */
  readonly dsn: string | undefined;
  readonly dsnFile: string | undefined;
  readonly release: string | undefined;
  readonly eventsPerMinute: number;
  /** Without a slash at the end. */
  readonly traceUiUrl: string | undefined;
  readonly securityWindowMs: number;
}

export function trackerConfig(e: TrackerEnvironment): TrackerConfig {
  return {
    dsn: e.SENTRY_DSN?.trim(),
    dsnFile: e.SENTRY_DSN_FILE,
    release: e.SENTRY_RELEASE,
    eventsPerMinute: e.SENTRY_EVENTS_PER_MINUTE,
    traceUiUrl: e.TRACE_UI_URL?.replace(/\/+$/, ""),
    securityWindowMs: e.SECURITY_EVENT_WINDOW_SECONDS * 1000,
  };
}

/** A DSN is a secret that ends in logs, so no message repeats it. */
export function trackerFaults(e: TrackerEnvironment): string[] {
  const faults: string[] = [];
  if (e.SENTRY_DSN !== undefined && e.SENTRY_DSN_FILE !== undefined) {
    faults.push("SENTRY_DSN, SENTRY_DSN_FILE: set one of them, not both");
  }
  if (e.SENTRY_DSN !== undefined && !isDsn(e.SENTRY_DSN.trim())) faults.push(`SENTRY_DSN: ${dsnForm}`);
  return faults;
}

export const dsnForm = "must look like https://<key>@<host>/<project number>";

export function isDsn(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && /^\w+$/.test(url.username) && /\/\d+$/.test(url.pathname);
}
