import { type DestinationStream, type LogFn, type Logger, pino } from "pino";
import { serviceIdentity } from "./identity.ts";
import { redactAddress } from "./redact-address.ts";
import { redactText } from "./redact-text.ts";
import { traceIds } from "./trace-ids.ts";

/** Paths whose values never reach a log, whoever logs the object. */
const secretPaths = ["password", "token", "secret", "authorization", "cookie"].flatMap((key) => [
  key,
  `*.${key}`,
  `*.*.${key}`,
]);

const warnLevel = 40;

/** Told of every line at warn or above. */
type WarningListener = (message: string, level: string) => void;
let listener: WarningListener | undefined;

export function onWarning(listen: WarningListener): void {
  listener = listen;
}

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
    serializers: { err: errorForLog, path: addressForLog, url: addressForLog, user_agent: textForLog },
    hooks: { logMethod: tellOfWarnings },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** A client writes it, and nothing keeps a client from writing its token there. */
const addressForLog = (value: unknown): unknown => (typeof value === "string" ? redactAddress(value) : value);
const textForLog = (value: unknown): unknown => (typeof value === "string" ? redactText(value) : value);

function tellOfWarnings(this: Logger, args: Parameters<LogFn>, write: LogFn, level: number): void {
  if (level >= warnLevel && listener) {
    const message = args.find((arg) => typeof arg === "string");
    if (message !== undefined) listener(message, this.levels.labels[level] ?? String(level));
  }
  write.apply(this, args);
}

/**
 * An error without the fields in which libraries keep whole requests, and without Postgres's `detail`, which quotes row values.
 * The cause stays attached.
 */
export function errorForLog(error: unknown): unknown {
  return described(error, 0);
}

/** A chain of causes can be a circle. */
const maxCauses = 8;

function described(error: unknown, depth: number): unknown {
  if (typeof error === "string") return redactText(error);
  if (!(error instanceof Error)) return error;
  try {
    const code = "code" in error ? error.code : undefined;
    return {
      type: error.name,
      message: redactText(error.message),
      ...(typeof code === "string" && { code }),
      ...(error.stack && { stack: redactText(error.stack) }),
      ...(error.cause !== undefined && depth < maxCauses && { cause: described(error.cause, depth + 1) }),
    };
  } catch {
    // An error may be anything, such as a proxy that throws when it is looked at, and its line must be written all the same.
    return { type: "Error", message: "an error that cannot be read" };
  }
}

/** The process's logger. */
export const log = createLogger(process.env.LOG_LEVEL || "info");
