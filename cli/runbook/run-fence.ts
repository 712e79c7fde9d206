import { redact } from "@golive/errors/redact.ts";
import { type Environment, resolve, unknownPlaceholders } from "@golive/infra/runbooks/placeholders.ts";
import { expression, type Fence } from "./fence.ts";
import type { ShellEnd } from "./run-shell.ts";

/** A command as it is run in an environment. */
export interface Command {
  readonly line: number;
  readonly text: string;
  readonly expect: string | undefined;
  readonly exit: number;
  readonly danger: boolean;
  readonly skip: string | undefined;
  readonly limitMs: number;
}

/** What came of it. */
export interface CommandResult {
  readonly line: number;
  readonly command: string;
  readonly state: "passed" | "failed" | "skipped";
  /** Of a skipped one its reason, of a failed one what is not as it should be. */
  readonly why?: string;
  readonly exit?: number;
  /** Without secrets, its end. */
  readonly output?: string;
  readonly seconds?: number;
}

const escaped = (value: string) => value.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

export function commandOf({ code, line, meta }: Fence, environment: Environment): Command {
  return {
    line,
    text: resolve(code, environment),
    expect: meta.expect === undefined ? undefined : resolve(meta.expect, environment, escaped),
    exit: meta.exit,
    danger: meta.danger,
    skip: meta.skip,
    limitMs: meta.limit * 1000,
  };
}

/** Why a command cannot be run as it stands. */
export function unfit({ text, expect }: Command): string | undefined {
  const unknown = unknownPlaceholders(`${text}\n${expect ?? ""}`);
  if (unknown.length > 0) return `no environment has a value for ${unknown.map((name) => `{{${name}}}`).join(", ")}`;
  if (expect !== undefined && expression(expect) === undefined) return `expect="${expect}" is no regular expression`;
  return undefined;
}

/** What is not as it should be, or undefined. */
export function complaint({ expect, exit, limitMs }: Command, end: ShellEnd): string | undefined {
  if (end.timedOut) return `not done within ${limitMs / 1000} s`;
  if (end.exit !== exit) return `exit ${end.exit}, expected ${exit}`;
  if (expect === undefined || expression(expect)?.test(end.output)) return undefined;
  return `the output does not match ${expect}`;
}

const mostLines = 40;

export function resultOf(command: Command, end: ShellEnd, seconds: number): CommandResult {
  const why = complaint(command, end);
  return {
    line: command.line,
    command: command.text,
    state: why === undefined ? "passed" : "failed",
    ...(why === undefined ? {} : { why }),
    exit: end.exit,
    output: lastLines(redact(end.output).trimEnd(), end.cut),
    seconds,
  };
}

function lastLines(output: string, cut: boolean): string {
  const lines = (cut ? `${output}\n(the rest was not kept)` : output).split("\n");
  return lines.length <= mostLines
    ? lines.join("\n")
    : [`(${lines.length - mostLines} lines before)`, ...lines.slice(-mostLines)].join("\n");
}
