import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { type DataKind, kinds } from "./data.ts";

const widest = Math.max(...Object.keys(kinds).map((kind) => kind.length));

export const help = `node bench/backup/run.ts [flags]

Backups and restores of ours beside those of their peers, round by round, on a server of its own.

  --megabytes <n>   size of the database (default: 1150)
  --data <kind>     what is in it (default: mixed)
${Object.entries(kinds)
  .map(([kind, { about }]) => `                      ${kind.padEnd(widest)}  ${about}`)
  .join("\n")}
  --rounds <n>      how often each arm runs (default: 3)
  --no-large        without the backups of four times the data, which are measured for their memory
  --json            one JSON document instead of the tables
  --write           put tables and plot into the README
  --readme <file>   that README; the plot, backup.svg, goes beside it (default: bench/README.md)

Exit status: 0 every bar is kept, 9 one is not, 130 stopped. It takes about 12 minutes and 15 GB of disk.`;

export interface Options {
  readonly megabytes: number;
  readonly data: DataKind;
  readonly rounds: number;
  readonly large: boolean;
  readonly json: boolean;
  readonly write: boolean;
  readonly readme: string;
}

/** The command line as data; "help" when that is what was asked for. @throws USAGE */
export function readOptions(argv: readonly string[]): Options | "help" {
  const values = parse(argv);
  if (values.help) return "help";
  const { data, readme, "no-large": noLarge } = values;
  if (!Object.hasOwn(kinds, data))
    throw new GoliveError("USAGE", `--data ${data} is unknown`, `Give one of ${Object.keys(kinds).join(", ")}.`);
  return {
    megabytes: whole("--megabytes", values.megabytes, 20, 100_000),
    data: data as DataKind,
    rounds: whole("--rounds", values.rounds, 1, 100),
    large: !noLarge,
    json: values.json,
    write: values.write,
    readme: readme === undefined ? join(import.meta.dirname, "../README.md") : resolve(readme),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        megabytes: { type: "string", default: "1150" },
        data: { type: "string", default: "mixed" },
        rounds: { type: "string", default: "3" },
        "no-large": { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        write: { type: "boolean", default: false },
        readme: { type: "string" },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (cause) {
    throw new GoliveError("USAGE", (cause as Error).message, "See node bench/backup/run.ts --help.", { cause });
  }
}

function whole(flag: string, given: string, least: number, most: number): number {
  const value = Number(given);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new GoliveError("USAGE", `${flag} ${given} is not a whole number`, `Give ${least} to ${most}.`);
}
