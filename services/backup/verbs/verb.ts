import type { Code } from "@golive/errors/codes.ts";
import type { RunKind } from "../notify/event.ts";
import type { Report } from "../progress.ts";
import type { VariableGroup } from "../variables.ts";

/** Everything a verb may touch; tests hand over their own. */
export interface World {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
  /** A line of progress for people, on stderr. */
  readonly report: Report;
  /** Aborted by SIGTERM and Ctrl-C. */
  readonly signal: AbortSignal;
  /** Asks the person at the terminal and resolves with what was typed; undefined where nobody sits. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  /** Standard input to its end; only for a verb that was told to read it. */
  readonly stdin?: (() => Promise<string>) | undefined;
}

/** A verb is data plus `run`, which returns what to show; only main prints and exits. */
export interface Verb {
  /** Words of the command line, as in "bucket ensure". */
  readonly words: string;
  readonly about: string;
  readonly details: string;
  readonly args: readonly { readonly name: string; readonly about: string; readonly optional?: boolean }[];
  readonly options: readonly { readonly flags: string; readonly about: string; readonly required?: boolean }[];
  readonly examples: readonly string[];
  /** Variables it reads: whole groups of the table in `variables.ts`. */
  readonly reads: readonly VariableGroup[];
  readonly exits: readonly Code[];
  /** Exit statuses of its answers, where they are not 0 for every one: status → what it means. */
  readonly statuses?: Readonly<Record<number, string>>;
  /** Kind of run that people are told of when it fails and when it is well again; without it nobody is told. */
  readonly notifies?: RunKind;
  run(world: World, input: Input): Promise<Result>;
}

export interface Result {
  readonly json: unknown;
  readonly text: string;
  /** Exit status when the answer itself is bad news: shown in full, and yet no success. @default 0 */
  readonly exit?: number;
  /** Which error that is: several share an exit status, and people are told this one. */
  readonly code?: Code;
  /** What people should hear of although it went well: anomalies of a backup, for one. In words. */
  readonly notable?: readonly string[];
  /** What `notable` speaks of, in words that stay the same from run to run: what is new among them is told at once. */
  readonly about?: readonly string[];
}

export interface Input {
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}
