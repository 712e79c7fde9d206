import { oneLine } from "../core/one-line.ts";
import type { World } from "../core/world.ts";
import { kubectlFor } from "../platform/kubectl-command.ts";
import type { Settings } from "../stack/settings.ts";
import type { Answer } from "./ask.ts";

export interface LogLine {
  /** ISO 8601, or empty where the line has none. */
  readonly time: string;
  readonly level: string;
  readonly pod: string;
  readonly message: string;
  /** Fields that people look at first, as text. */
  readonly facts: Readonly<Record<string, string>>;
  /** Whether the trace was sent to the store; undefined where the line does not say. */
  readonly sampled: boolean | undefined;
}

/** Component whose lines carry trace ids. */
const component = "gateway";
/** Lines of each pod that are searched: an hour at some five requests a second. */
const searched = 20_000;
/** Lines that are kept: a request writes a handful. */
const mostLines = 200;

/** Fields of the gateway's lines, in the order in which they are shown. */
const telling = ["method", "route", "path", "status", "duration_ms", "subsystem", "upstream", "attempt"] as const;

/** The gateway's log lines with the trace's id, oldest first; by kubectl, as `golive logs` does. */
export async function readLogLines(world: World, settings: Settings, traceId: string): Promise<Answer<LogLine[]>> {
  const lines: LogLine[] = [];
  const complaints: string[] = [];
  let written = 0;
  try {
    const { file, target } = await kubectlFor(world, settings);
    const ended = await world.spawn(file, [...target, ...logsOf(settings)], {
      output: (line, stream) => {
        if (stream === "stderr") complaints.push(line);
        else written += 1;
        if (stream === "stdout" && line.includes(traceId) && lines.length < mostLines) lines.push(parseLogLine(line));
      },
    });
    if (ended.code !== 0) return { silent: `kubectl ended with ${ended.code}: ${oneLine(complaints[0] ?? "")}` };
  } catch (error) {
    world.signal.throwIfAborted();
    return { silent: oneLine((error as Error).message) };
  }
  if (lines.length > 0) return { found: lines.sort((a, b) => (a.time < b.time ? -1 : 1)) };
  if (written === 0) return { nothing: `no pod of ${component} has written anything` };
  return { nothing: `not among the last ${searched} lines of each pod of ${component}` };
}

function logsOf({ config }: Settings): string[] {
  return [
    "logs",
    "--namespace",
    `${config.namespacePrefix}-app`,
    "--selector",
    `app.kubernetes.io/name=${component}`,
    "--all-containers",
    "--prefix",
    "--max-log-requests",
    "50",
    "--tail",
    String(searched),
  ];
}

/** A line as `kubectl logs --prefix` gives it: `[pod/<pod>/<container>] <what was written>`. */
export function parseLogLine(line: string): LogLine {
  const [, pod = "", text = line] = /^\[pod\/([^/\]]+)[^\]]*\] (.*)$/s.exec(line) ?? [];
  const fields = asObject(text);
  if (!fields) return { time: "", level: "", pod, message: oneLine(text), facts: {}, sampled: undefined };
  const textOf = (value: unknown) =>
    oneLine(value !== null && typeof value === "object" ? JSON.stringify(value) : String(value));
  const facts = telling.flatMap((key) => (fields[key] === undefined ? [] : [[key, textOf(fields[key])]]));
  const error = fields.err as { type?: unknown; message?: unknown } | undefined;
  if (error?.message !== undefined) facts.push(["error", textOf(`${error.type ?? "Error"}: ${error.message}`)]);
  const flags = fields.trace_flags;
  return {
    time: textOf(fields.time ?? ""),
    level: textOf(fields.level ?? ""),
    pod,
    message: textOf(fields.message ?? fields.msg ?? ""),
    facts: Object.fromEntries(facts),
    sampled: typeof flags === "string" ? (Number.parseInt(flags, 16) & 1) === 1 : undefined,
  };
}

function asObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Time without the date, level, pod, message, facts. */
export function logText({ time, level, pod, message, facts }: LogLine): string {
  const clock = /T(\d\d:\d\d:\d\d(?:\.\d+)?)/.exec(time)?.[1] ?? time;
  const pairs = Object.entries(facts).map(
    ([key, value]) => `${key}=${/\s/.test(value) ? JSON.stringify(value) : value}`,
  );
  return [clock, level.padEnd(5), pod, message, ...pairs].filter((part) => part !== "").join(" ");
}
