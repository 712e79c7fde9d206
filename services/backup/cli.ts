import { codes } from "@golive/errors/codes.ts";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { redact } from "@golive/errors/redact.ts";
import { Command, CommanderError } from "commander";
import { databasesOf, notifying } from "./notify/notifying.ts";
import { stoppedBy } from "./stopped-by.ts";
import { asStoreFailure } from "./storage/store-failure.ts";
import { variables } from "./variables.ts";
import { accept } from "./verbs/accept.ts";
import { bucketEnsure } from "./verbs/bucket-ensure.ts";
import { drill } from "./verbs/drill.ts";
import { hold } from "./verbs/hold.ts";
import { keysNew } from "./verbs/keys-new.ts";
import { list } from "./verbs/list.ts";
import { metricsServer } from "./verbs/metrics-server.ts";
import { monitor } from "./verbs/monitor.ts";
import { notifyTest } from "./verbs/notify-test.ts";
import { prune } from "./verbs/prune.ts";
import { release } from "./verbs/release.ts";
import { restore } from "./verbs/restore.ts";
import { restoreDrop } from "./verbs/restore-drop.ts";
import { restoreStatus } from "./verbs/restore-status.ts";
import { run } from "./verbs/run.ts";
import { show } from "./verbs/show.ts";
import { undo } from "./verbs/undo.ts";
import type { Input, Verb, World } from "./verbs/verb.ts";
import { verify } from "./verbs/verify.ts";

export const verbs: readonly Verb[] = [
  run,
  list,
  show,
  verify,
  prune,
  hold,
  release,
  accept,
  restore,
  restoreStatus,
  restoreDrop,
  undo,
  drill,
  monitor,
  metricsServer,
  notifyTest,
  bucketEnsure,
  keysNew,
];

export interface Outcome {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A whole run without a process around it: command line in, what to print and the exit status out. */
export async function runCli(argv: readonly string[], world: World): Promise<Outcome> {
  const printed: string[] = [];
  let chosen: { verb: Verb; input: Input } | undefined;
  const program = commands(
    (verb, input) => {
      chosen = { verb, input };
    },
    (text) => printed.push(text),
  );
  try {
    await program.parseAsync([...argv], { from: "user" });
    if (!chosen) throw new GoliveError("USAGE", "no verb was given", "See `golive-backup --help`.");
    const { verb, input } = chosen;
    const {
      json,
      text,
      exit = 0,
    } = await notifying(
      world,
      verb.notifies && { kind: verb.notifies, database: databasesOf(world.env, input.options) },
      () => verb.run(world, input),
      (thrown) => forPeople(thrown, world.signal),
    );
    const shown = input.options.json ? JSON.stringify(json, undefined, 2) : text;
    return { exit, stdout: `${shown}\n`, stderr: "" };
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0)
      return { exit: 0, stdout: printed.join(""), stderr: "" };
    const error = forPeople(thrown, world.signal);
    const { code, hint, exit } = error;
    const message = redact(error.message).replaceAll(/\s*\n\s*/g, "; ");
    const details = (error as { details?: unknown }).details;
    const document = { error: { code, message, hint, exit, ...(details === undefined ? {} : { details }) } };
    const asJson = chosen?.input.options.json === true;
    return {
      exit,
      stdout: asJson ? `${JSON.stringify(document, undefined, 2)}\n` : "",
      stderr: `error ${code}: ${message}\nhint: ${redact(hint)}\n${argv.includes("--debug") ? stacks(error) : ""}`,
    };
  }
}

/** The error as people see it. After an interrupt, whatever broke was broken by it. */
function forPeople(thrown: unknown, signal: AbortSignal): GoliveError {
  if (signal.aborted) return stopped(signal, thrown);
  const known = asStoreFailure(thrown);
  if (known instanceof GoliveError) return known;
  if (thrown instanceof CommanderError)
    return new GoliveError(
      "USAGE",
      thrown.code === "commander.help" ? "no verb was given" : thrown.message.replace(/^error: /, ""),
      "See `golive-backup --help`.",
    );
  // An error of the server to one of our statements: it has a SQLSTATE, and no fault of this program is likelier than one of the rights.
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (/^[0-9A-Z]{5}$/.test((error as { code?: string }).code ?? ""))
    return new GoliveError(
      "BACKUP_FAILED",
      `the server refused a statement: ${error.message}`,
      "Check what the role in PGUSER may do; --debug shows where it happened.",
      { cause: error },
    );
  return new GoliveError("INTERNAL", `${error.name}: ${error.message}`, "Run it again with --debug for the stack.", {
    cause: error,
  });
}

/** Whoever stopped it says why; that the caller's own errors came after it is of no interest but to --debug. */
function stopped({ reason }: AbortSignal, cause: unknown): GoliveError {
  const { code, message, hint } = reason instanceof GoliveError ? reason : stoppedBy("SIGINT");
  return new GoliveError(code, message, hint, { cause });
}

function stacks(error: Error): string {
  const lines: string[] = [];
  for (let it: unknown = error; it instanceof Error; it = it.cause) lines.push(it.stack ?? String(it));
  return `${redact(lines.join("\n"))}\n`;
}

function commands(choose: (verb: Verb, input: Input) => void, print: (text: string) => void): Command {
  const quiet = { writeOut: print, writeErr: () => undefined };
  const program = new Command("golive-backup")
    .description("Backs up PostgreSQL databases into S3, lists the backups, and restores them into new databases.")
    .exitOverride()
    .configureOutput(quiet)
    // A flag behind a verb of two words is that verb's: `restore drop --yes` is not `restore --yes` with an argument.
    .enablePositionalOptions()
    .addHelpText("after", "\n`golive-backup <verb> --help` tells variables, examples and exit statuses of a verb.");
  for (const verb of verbs) {
    const words = verb.words.split(" ");
    let parent = program;
    for (const noun of words.slice(0, -1))
      parent =
        parent.commands.find((command) => command.name() === noun) ??
        parent.command(noun).description(`see \`golive-backup ${noun} --help\``).exitOverride().configureOutput(quiet);
    const command = parent
      .command(words.at(-1) ?? "")
      .description(`${verb.about}\n\n${verb.details}`)
      .summary(verb.about);
    command.exitOverride().configureOutput(quiet);
    for (const { name, about, optional } of verb.args) command.argument(optional ? `[${name}]` : `<${name}>`, about);
    for (const { flags, about, required } of verb.options)
      required ? command.requiredOption(flags, about) : command.option(flags, about);
    command.option("--json", "print one JSON document").option("--debug", "show stacks of errors");
    command.addHelpText("after", helpTail(verb));
    command.action(() => choose(verb, { args: command.args, options: command.opts() }));
  }
  return program;
}

function helpTail(verb: Verb): string {
  const reads = verb.reads.flatMap((group) => variables[group]);
  const width = Math.max(...reads.map(({ name }) => name.length));
  const exits = [
    ...Object.entries(verb.statuses ?? { 0: "done" }).map(([exit, about]) => `  ${exit.padEnd(3)}  ${about}`),
    // Whatever Ctrl-C can stop, SIGTERM can.
    ...verb.exits
      .flatMap((code) => (code === "INTERRUPTED" ? ([code, "TERMINATED"] as const) : [code]))
      .map((code) => `  ${String(codes[code].exit).padEnd(3)}  ${code}: ${codes[code].about}`),
  ];
  return [
    "",
    "Environment:",
    ...reads.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`),
    "",
    "Examples:",
    ...verb.examples.map((line) => `  ${line}`),
    "",
    "Exit status:",
    ...exits,
  ].join("\n");
}
