import { GoliveError } from "@golive/errors/golive-error.ts";
import { redact } from "@golive/errors/redact.ts";
import { nouns, verbs } from "../verbs.ts";
import { parse } from "./program.ts";
import type { World } from "./world.ts";

export interface Outcome {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A whole run of golive without a process around it: command line in, what to print and the exit status out. */
export async function run(
  argv: readonly string[],
  makeWorld: (options: { debug: boolean }) => World,
): Promise<Outcome> {
  let json = false;
  let debug = argv.includes("--debug");
  let world: World | undefined;
  try {
    const parsed = parse(verbs, nouns, argv);
    if ("help" in parsed) return { exit: 0, stdout: parsed.help, stderr: "" };
    ({ json, debug } = parsed.chosen);
    world = makeWorld({ debug });
    const result = await parsed.chosen.verb.run(world, parsed.chosen.input);
    const shown = json ? JSON.stringify(result.json ?? null, undefined, 2) : result.text;
    return { exit: result.exit, stdout: shown === "" ? "" : `${shown}\n`, stderr: "" };
  } catch (thrown) {
    const error = asGoliveError(thrown, world?.signal);
    const { code, message, hint, exit } = error;
    const document = json
      ? `${JSON.stringify({ error: { code, message: redact(message), hint, exit } }, undefined, 2)}\n`
      : "";
    return { exit, stdout: document, stderr: errorText(error, debug) };
  }
}

/** `error CODE: message`, `hint: …`; stacks and causes only on request. Nothing leaves without redaction. */
export function errorText(error: GoliveError, debug: boolean): string {
  const lines = [`error ${error.code}: ${error.message}`, `hint: ${error.hint}`];
  if (debug) {
    for (let it: unknown = error; it instanceof Error; it = it.cause) lines.push("", it.stack ?? String(it));
  }
  return `${redact(lines.join("\n"))}\n`;
}

function asGoliveError(thrown: unknown, signal: AbortSignal | undefined): GoliveError {
  if (thrown instanceof GoliveError) return thrown;
  // Whatever an aborted call threw (AbortError, a killed child): the reason is what people did.
  if (signal?.aborted && signal.reason instanceof GoliveError) return signal.reason;
  const cause = thrown instanceof Error ? thrown : new Error(String(thrown));
  const first = cause.message.split("\n")[0] ?? "";
  return new GoliveError("INTERNAL", `${cause.name}: ${first}`, "Run the same command with --debug for the stack.", {
    cause,
  });
}
