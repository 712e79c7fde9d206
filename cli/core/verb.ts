import type { Code } from "@golive/errors/codes.ts";
import type { World } from "./world.ts";

/** A flag as people type it. `value` names what is expected in help texts; a flag without it is a switch. */
export interface Flag {
  readonly about: string;
  readonly short?: string;
  /** Placeholder in help, e.g. `file`. Absent: a switch. */
  readonly value?: string;
  /** `integer` is checked here, so that every verb reports a bad number in the same words; a `list` may be given several times. */
  readonly type?: "string" | "integer" | "list";
  readonly required?: boolean;
}

/** A positional argument. `rest` takes everything that follows, flags included, untouched. */
export interface Arg {
  readonly name: string;
  readonly about: string;
  readonly required?: boolean;
  readonly rest?: boolean;
}

/** What a verb hands back. Only `main.ts` prints it and exits. */
export interface Result {
  readonly exit: number;
  readonly json?: unknown;
  /** For people; printed to stdout with one newline behind it, nothing when empty. */
  readonly text: string;
}

/** Values as they reach `run`: switches are booleans, integers are numbers already, absent ones are absent. */
export interface Input {
  readonly [name: string]: string | number | boolean | readonly string[] | undefined;
}

export interface Example {
  readonly run: string;
  readonly about: string;
}

/** A verb is data plus `run`, which is handed the world and returns. */
export interface Verb {
  /** One line, imperative, for the list of verbs. */
  readonly about: string;
  /** A paragraph below it in the verb's own help. */
  readonly details?: string;
  readonly args?: readonly Arg[];
  readonly flags?: Readonly<Record<string, Flag>>;
  /** True when `--json` prints a document for programs. */
  readonly json?: boolean;
  readonly examples: readonly Example[];
  /** The ways it may end besides 0; their exit statuses stand in its help. */
  readonly exits: readonly Code[];
  run(world: World, input: Input): Promise<Result>;
}

/** Keeps the literal types of a verb's table. */
export function verb<const V extends Verb>(it: V): V {
  return it;
}

export const stackArg = {
  name: "stack",
  about: "which Pulumi.<stack>.yaml (default: $GOLIVE_STACK, or local)",
} as const satisfies Arg;

export const stackFlag = {
  value: "stack",
  about: "which Pulumi.<stack>.yaml (default: $GOLIVE_STACK, or local)",
} as const satisfies Flag;

export const nameFlag = {
  value: "cluster",
  about: "which embedded cluster (default: the one of $GOLIVE_STACK, or golive)",
} as const satisfies Flag;

export const yesFlag = { short: "y", about: "do not ask" } as const satisfies Flag;

/** A string of the input, or undefined: the one place that narrows. */
export function text(input: Input, name: string): string | undefined {
  const value = input[name];
  return typeof value === "string" ? value : undefined;
}
