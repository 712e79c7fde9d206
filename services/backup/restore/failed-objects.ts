import { redact } from "@golive/errors/redact.ts";
import { relationName } from "../postgres/relation-name.ts";
import type { TocEntry } from "./toc.ts";

/** One object of the archive that the server did not take. */
export interface FailedObject {
  /** As pg_dump calls it: "TABLE DATA", "MATERIALIZED VIEW DATA", "POLICY". */
  readonly kind: string;
  readonly name: string;
  /** The server's words, without rows, statements and passwords. */
  readonly cause: string;
}

/** What a newer pg_restore sets for its own session and an older server does not know. This one statement, and no other. */
const tolerated = {
  message: 'unrecognized configuration parameter "transaction_timeout"',
  command: "SET transaction_timeout = 0;",
} as const;

export interface Complaints {
  readonly failed: readonly FailedObject[];
  readonly warnings: readonly string[];
  /** Errors that do not matter: how many times the one tolerated statement failed. */
  readonly tolerated: number;
}

/**
 * Reads what pg_restore wrote to stderr. Which object an error is about it says in three ways, depending on the object and on
 * whether it works with --jobs: the number of the entry, the name of the table, or the statement, which is found again in the head.
 */
export function readComplaints(stderr: string, entries: readonly TocEntry[]): Complaints {
  const failed: FailedObject[] = [];
  const warnings: string[] = [];
  let count = 0;
  let entry: TocEntry | undefined;
  const byId = new Map(entries.map((one) => [one.dumpId, one]));
  const byDefinition = new Map(entries.map((one) => [one.definition.trim(), one]));
  for (const message of stderr.split(/^pg_restore: /m).slice(1)) {
    const numbered = /^from TOC entry (\d+);/.exec(message);
    if (numbered) entry = byId.get(Number(numbered[1]));
    else if (message.startsWith("error: ")) {
      const command = /^Command was: ([\s\S]*)$/m.exec(message)?.[1]?.trim() ?? "";
      const cause = causeOf(message);
      if (command === tolerated.command && cause.startsWith(tolerated.message)) count++;
      else failed.push({ ...objectOf(message, command, entry, byDefinition, entries), cause });
    } else if (message.startsWith("warning: ") && !message.startsWith("warning: errors ignored"))
      warnings.push(redact(message.slice("warning: ".length).trim()));
  }
  return { failed, warnings, tolerated: count };
}

function objectOf(
  message: string,
  command: string,
  entry: TocEntry | undefined,
  byDefinition: ReadonlyMap<string, TocEntry>,
  entries: readonly TocEntry[],
): Omit<FailedObject, "cause"> {
  const table = /^error: COPY failed for table "(.*?)": /.exec(message)?.[1];
  if (table !== undefined) {
    const same = entries.filter(({ kind, tag }) => kind === "TABLE DATA" && tag === table);
    const found = same.find((one) => one === entry) ?? (same.length === 1 ? same[0] : undefined);
    return { kind: "TABLE DATA", name: found ? nameOf(found) : table };
  }
  const found =
    byDefinition.get(command) ?? entry ?? entries.find((one) => command !== "" && one.definition.includes(command));
  return found ? { kind: found.kind, name: nameOf(found) } : { kind: "session", name: "a setting of the restore" };
}

/** Kinds that are named in the schema they lie in. */
export const nameOf = ({ schema, tag }: Pick<TocEntry, "schema" | "tag">): string =>
  schema === null ? tag : relationName({ schema, name: tag });

/**
 * Message, hint and the functions it happened in. Not the DETAIL, the QUERY or COPY's line, which quote rows, and not the statement,
 * which may hold the password of a user mapping or a subscription.
 */
function causeOf(message: string): string {
  const lines = message.split("\n");
  const first = (lines[0] ?? "").replace(/^error: /, "").replace(/^.*?: ERROR: {2}/, "");
  const within = lines.flatMap((line) => /^(?:CONTEXT: {2})?((?:SQL|PL\/\w+) function .*)$/.exec(line)?.[1] ?? []);
  const hint = lines.flatMap((line) => /^HINT: {2}(.*)$/.exec(line)?.[1] ?? []);
  return redact([first, ...hint, ...within.map((text) => `in ${text}`)].join("; "));
}
