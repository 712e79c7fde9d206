import { codes } from "@golive/errors/codes.ts";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { Command, CommanderError, Option } from "commander";
import { exitCodesHelp, exitCodesMarkdown } from "./exit-codes.ts";
import { table } from "./table.ts";
import type { Arg, Input, Verb } from "./verb.ts";

export interface Chosen {
  readonly path: string;
  readonly verb: Verb;
  readonly input: Input;
  readonly json: boolean;
  readonly debug: boolean;
}

/** What a command line asks for: a verb to run, a text to show, or an error of usage (thrown). */
export type Parsed = { readonly chosen: Chosen } | { readonly help: string };

type Verbs = Readonly<Record<string, Verb>>;

/** Turns a command line into a verb and its input; prints nothing. */
export function parse(verbs: Verbs, nouns: Readonly<Record<string, string>>, argv: readonly string[]): Parsed {
  let chosen: Chosen | undefined;
  let help = "";
  const quiet = (command: Command) =>
    command
      .exitOverride()
      .configureOutput({ writeOut: (text) => (help += text), writeErr: () => {}, getOutHelpWidth: () => 100 });
  const program = quiet(new Command("golive"))
    .description("Postgres that can be restored, traces, metrics and alerts on Kubernetes, from one `golive up`.")
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .helpCommand(false)
    .addHelpText("after", () => `\n${rootNotes()}`);
  const groups = new Map<string, Command>();
  for (const [path, verb] of Object.entries(verbs)) {
    const [noun, name] = path.includes(" ") ? path.split(" ") : [undefined, path];
    const parent = noun === undefined ? program : group(noun);
    const command = quiet(parent.command(name as string))
      .description(verb.details ?? verb.about)
      .summary(verb.about);
    // A verb may be a noun too: `restore <id>` restores, `restore status` looks.
    if (noun === undefined) groups.set(path, command);
    describe(command, path, verb, (input, flags) => {
      chosen = { path, verb, input, json: flags.json === true, debug: flags.debug === true };
    });
  }
  function group(noun: string): Command {
    const known = groups.get(noun);
    if (known) return known;
    const made = quiet(program.command(noun))
      .description(nouns[noun] ?? "")
      .helpCommand(false);
    groups.set(noun, made);
    return made;
  }
  try {
    program.parse(argv.length === 0 ? ["--help"] : [...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { help };
    throw usage(error, argv, verbs);
  }
  if (!chosen)
    throw new GoliveError(
      "USAGE",
      `nothing to do in "golive ${argv.join(" ")}"`,
      "Run `golive --help` for the list of verbs.",
    );
  return { chosen };
}

function describe(
  command: Command,
  path: string,
  verb: Verb,
  found: (input: Input, flags: Record<string, unknown>) => void,
): void {
  const args: readonly Arg[] = verb.args ?? [];
  const passThrough = args.some((arg) => arg.rest);
  for (const arg of args) {
    const name = arg.rest ? `${arg.name}...` : arg.name;
    command.argument(arg.required ? `<${name}>` : `[${name}]`, arg.about);
  }
  for (const [name, flag] of Object.entries(verb.flags ?? {})) {
    const spelled = `${flag.short ? `-${flag.short}, ` : ""}--${name}${flag.value ? ` <${flag.value}>` : ""}`;
    const option = new Option(spelled, flag.about);
    if (flag.required) option.makeOptionMandatory();
    if (flag.type === "integer") option.argParser((given) => integer(name, given));
    if (flag.type === "list") option.argParser((given, before: string[] = []) => [...before, given]);
    command.addOption(option);
  }
  if (verb.json) command.option("--json", "print one JSON document on stdout");
  if (passThrough) command.allowUnknownOption().passThroughOptions().helpOption(false);
  else command.option("--debug", "show the stack of errors and more detail");
  command.addHelpText("after", () => `\n${verbNotes(path, verb)}`);
  command.action((...given: unknown[]) => {
    const flags = command.opts<Record<string, unknown>>();
    const input: Record<string, Input[string]> = {};
    for (const [at, arg] of args.entries()) if (given[at] !== undefined) input[arg.name] = given[at] as Input[string];
    if (verb.json) input.json = flags.json === true;
    for (const name of Object.keys(verb.flags ?? {})) {
      const value = flagValue(name, flags);
      if (value !== undefined) input[name] = value as Input[string];
    }
    found(input, flags);
  });
}

/** Commander keeps `--no-owner` as `owner: false`; here it is a switch like any other. */
function flagValue(name: string, flags: Readonly<Record<string, unknown>>): unknown {
  if (!name.startsWith("no-")) return flags[camel(name)];
  return flags[camel(name.slice("no-".length))] === false ? true : undefined;
}

const camel = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

function integer(name: string, given: string): number {
  if (!/^\d{1,9}$/.test(given)) {
    throw new GoliveError(
      "USAGE",
      `--${name} takes a whole number, not "${given}"`,
      `Write --${name} 100, for instance.`,
    );
  }
  return Number(given);
}

function verbNotes(path: string, verb: Verb): string {
  const examples = table(
    verb.examples.map(({ run, about }) => [run, about]),
    "  ",
  );
  const exits = exitCodesHelp(["USAGE", ...verb.exits]);
  return `Examples:\n${examples}\n\nExit statuses of golive ${path}:\n${exits}\n`;
}

function rootNotes(): string {
  const rows = Object.entries(codes).map(([code, { exit, about }]) => [String(exit).padStart(3), code, about]);
  return `Start with:\n  golive up\n\nExit statuses:\n${table([["  0", "", "done, or nothing to do"], ...rows], "  ")}\n`;
}

/** Commander's complaint in our words: the value given, and the next command. */
function usage(error: CommanderError, argv: readonly string[], verbs: Verbs): GoliveError {
  const line = argv.join(" ");
  const known = Object.keys(verbs).findLast((path) => line === path || line.startsWith(`${path} `));
  const noun =
    argv[0] !== undefined && Object.keys(verbs).some((path) => path.startsWith(`${argv[0]} `)) ? argv[0] : undefined;
  const help = `golive ${known ?? noun ?? ""} --help`.replace("  ", " ");
  // A noun without a verb makes commander print its help as an error; people get a sentence instead.
  if (error.code === "commander.help") {
    return new GoliveError("USAGE", `golive ${argv.join(" ")} needs a verb`, `Run \`${help}\` for the list.`);
  }
  const [first = "", suggestion] = error.message.replace(/^error: /, "").split("\n");
  const message = first.replace(/\.$/, "").replaceAll("'", '"');
  return new GoliveError(
    "USAGE",
    suggestion ? `${message} ${suggestion}` : message,
    `Run \`${help}\` for what it takes.`,
    { cause: error },
  );
}

export { exitCodesMarkdown };
