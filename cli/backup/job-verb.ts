import type { Code } from "@golive/errors/codes.ts";
import type { BackupJobName } from "@golive/infra/backups/jobs.ts";
import {
  type Arg,
  type Example,
  type Flag,
  type Input,
  type Result,
  stackFlag,
  type Verb,
  verb,
} from "../core/verb.ts";
import type { World } from "../core/world.ts";
import { readSettings, type Settings, stackName } from "../stack/settings.ts";
import { type BackupJobEnd, beforeDocument, documentOf, inOurWords, runBackupJob } from "./job.ts";

/** A verb that runs a verb of the backup program in the cluster, with the rights of a CronJob's template. */
export interface JobVerb {
  readonly about: string;
  readonly details: string;
  /** Whose template: it decides the rights, the keys and what can be reached. */
  readonly cronJob: BackupJobName;
  /** Words of the program's command line, before arguments and flags. */
  readonly words: readonly string[];
  readonly args?: readonly Arg[];
  /** Passed on under the same names. */
  readonly flags?: Readonly<Record<string, Flag>>;
  /** Flags that people need not give. */
  readonly always?: (world: World, input: Input) => readonly string[];
  readonly examples: readonly Example[];
  /** Beside those of every job. */
  readonly exits?: readonly Code[];
  /** Exit statuses that are an answer and no failure. */
  readonly answers?: readonly number[];
  /** Asks before the job is started; throws when the answer is no. */
  readonly before?: (world: World, input: Input, settings: Settings) => Promise<void>;
}

const everyJob = ["CONFIG_INVALID", "CONTEXT_REFUSED", "CLUSTER_UNREACHABLE", "STORE_UNREACHABLE"] as const;

export function jobVerb(of: JobVerb): Verb {
  const flags = of.flags ?? {};
  return verb({
    about: of.about,
    details: of.details,
    ...(of.args ? { args: of.args } : {}),
    flags: { ...flags, stack: stackFlag },
    json: true,
    examples: of.examples,
    exits: [...everyJob, ...(of.exits ?? []), "BACKUP_FAILED", "INTERRUPTED"],
    async run(world, input) {
      const settings = await readSettings(world, stackName(world, input));
      await of.before?.(world, input, settings);
      return await runVerb(world, settings, input, {
        ...of,
        args: [...of.words, ...(of.always?.(world, input) ?? []), ...given(input, of.args ?? [], flags)],
      });
    },
  });
}

/** Streams what the job says; with --json its document is the result, and what it says before that goes to stderr. */
export async function runVerb(
  world: World,
  settings: Settings,
  input: Input,
  job: Pick<JobVerb, "cronJob" | "answers"> & { readonly args: readonly string[]; readonly stdin?: string },
): Promise<Result> {
  const asJson = input.json === true;
  const { exit, lines }: BackupJobEnd = await runBackupJob(world, settings, {
    ...job,
    args: asJson ? withJson(job.args) : job.args,
    onLine: asJson ? beforeDocument((line) => world.note(line)) : (line) => world.emit(inOurWords(line)),
  });
  return { exit, text: "", ...(asJson ? { json: documentOf(lines) } : {}) };
}

/** Before the `--` that ends the flags. */
function withJson(args: readonly string[]): string[] {
  const end = args.indexOf("--");
  return args.toSpliced(end < 0 ? args.length : end, 0, "--json");
}

/** Arguments and flags as the program in the job takes them: `--name=value`, so that no value is ever read as a flag. */
export function given(input: Input, args: readonly Arg[], flags: Readonly<Record<string, Flag>>): string[] {
  const passed = Object.keys(flags).flatMap((name) => {
    const value = input[name];
    if (value === undefined || value === false) return [];
    if (value === true) return [`--${name}`];
    return [value].flat().map((one) => `--${name}=${one}`);
  });
  const words = args.flatMap(({ name }) => (input[name] === undefined ? [] : [String(input[name])]));
  return words.length === 0 ? passed : [...passed, "--", ...words];
}
