import type { Breadcrumb, ErrorEvent } from "@sentry/node";
import { redactText, secretName } from "../telemetry/redact-text.ts";

const mark = "REDACTED";
/** Nothing that is worth reading lies deeper or comes later. */
const maxDepth = 6;
const maxEntries = 60;

/** An event as it may leave the process. Ids, times and our own source lines stay; every text from outside is searched for secrets. */
export function scrubEvent(event: ErrorEvent): ErrorEvent {
  const { trace, ...contexts } = event.contexts ?? {};
  const shown: ErrorEvent = {
    ...event,
    contexts: { ...(clean(contexts) as typeof contexts), ...(trace && { trace }) },
  };
  if (event.message !== undefined) shown.message = redactText(event.message);
  if (event.logentry) shown.logentry = clean(event.logentry) as NonNullable<ErrorEvent["logentry"]>;
  if (event.transaction !== undefined) shown.transaction = redactText(event.transaction);
  if (event.request) shown.request = clean(event.request) as NonNullable<ErrorEvent["request"]>;
  if (event.extra) shown.extra = clean(event.extra) as NonNullable<ErrorEvent["extra"]>;
  if (event.tags) shown.tags = clean(event.tags) as NonNullable<ErrorEvent["tags"]>;
  if (event.user) shown.user = onlyIdAndRole(event.user);
  if (event.breadcrumbs) shown.breadcrumbs = event.breadcrumbs.map(cleanBreadcrumb);
  if (event.exception?.values) shown.exception = { values: event.exception.values.map(cleanException) };
  delete shown.server_name;
  return shown;
}

type Exception = NonNullable<NonNullable<ErrorEvent["exception"]>["values"]>[number];

function cleanException(exception: Exception): Exception {
  const shown = { ...exception };
  if (exception.value !== undefined) shown.value = redactText(exception.value);
  if (exception.type !== undefined) shown.type = redactText(exception.type);
  if (exception.mechanism?.data) {
    shown.mechanism = { ...exception.mechanism, data: clean(exception.mechanism.data) as Record<string, string> };
  }
  if (exception.stacktrace?.frames) {
    shown.stacktrace = {
      ...exception.stacktrace,
      frames: exception.stacktrace.frames.map(({ vars, ...frame }) => frame),
    };
  }
  return shown;
}

function cleanBreadcrumb({ message, data, ...rest }: Breadcrumb): Breadcrumb {
  return {
    ...rest,
    ...(message !== undefined && { message: redactText(message) }),
    ...(data !== undefined && { data: clean(data) as NonNullable<Breadcrumb["data"]> }),
  };
}

function onlyIdAndRole({ id, role }: NonNullable<ErrorEvent["user"]>): NonNullable<ErrorEvent["user"]> {
  return {
    ...(id !== undefined && { id: redactText(String(id)) }),
    ...(typeof role === "string" && { role }),
  };
}

/** A copy without secrets. What cannot be read, such as a getter that throws, is left out. */
function clean(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth >= maxDepth) return "…";
  if (Array.isArray(value)) return value.slice(0, maxEntries).map((item) => clean(item, depth + 1));
  const shown: Record<string, unknown> = {};
  for (const key of Object.keys(value).slice(0, maxEntries)) {
    try {
      const inner = (value as Record<string, unknown>)[key];
      shown[redactText(key)] = secretName.test(key) ? mark : clean(inner, depth + 1);
    } catch {
      // Its value stays where it is.
    }
  }
  return shown;
}
