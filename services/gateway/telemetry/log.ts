import { type DestinationStream, type Logger, pino } from "pino";
import { serviceIdentity } from "./identity.ts";
import { redactUrl } from "./redact-url.ts";
import { traceIds } from "./trace-ids.ts";

/** Paths whose values never reach a log, whoever logs the object. */
const secretPaths = ["password", "token", "secret", "authorization", "cookie"].flatMap((key) => [
  key,
  `*.${key}`,
  `*.*.${key}`,
]);

/** JSON lines on stdout; inside a request each carries its trace. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const { name, version, environment } = serviceIdentity(process.env);
  const options = {
    level,
    base: { service: name, version, environment },
    messageKey: "message",
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    mixin: () => traceIds() ?? {},
    redact: { paths: secretPaths, censor: "REDACTED" },
    serializers: { err: errorForLog },
  };
  return destination ? pino(options, destination) : pino(options);
}

/**
 * An error without the fields in which libraries keep whole requests, and without Postgres's `detail`, which quotes row values.
 * The cause stays attached.
 */
export function errorForLog(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = "code" in error ? error.code : undefined;
  return {
    type: error.name,
    message: redactUrl(error.message),
    ...(typeof code === "string" && { code }),
    ...(error.stack && { stack: redactUrl(error.stack) }),
    ...(error.cause !== undefined && { cause: errorForLog(error.cause) }),
  };
}

/** The process's logger. */
export const log = createLogger(process.env.LOG_LEVEL || "info");
