import { userInfo } from "node:os";
import { type Said, say, type Word } from "../care/hold.ts";
import { readSignerOf, readTrust } from "../config/keys.ts";
import { openStores } from "../storage/open-stores.ts";
import type { Verb, World } from "./verb.ts";

/** A verb by which a person says something of a backup: hold, release, accept. */
export function wordVerb(word: Word, facts: Pick<Verb, "words" | "about" | "details" | "examples">): Verb {
  return {
    ...facts,
    args: [{ name: "id", about: "id of the backup, as `golive-backup list` shows it" }],
    options: [
      { flags: "--reason <text>", about: "why, for those who read it later", required: true },
      { flags: "--by <name>", about: "who says so (default: the user that runs this)" },
      { flags: "--database <name>", about: "needed when several databases have a backup of that id" },
    ],
    reads: ["store", "keys"],
    exits: [
      "USAGE",
      "CONFIG_INVALID",
      "STORE_UNREACHABLE",
      "BACKUP_FAILED",
      "BACKUP_NOT_FOUND",
      "BACKUP_DAMAGED",
      "INTERRUPTED",
    ],
    async run(world, { args: [id = ""], options }) {
      const said = await say(
        { stores: openStores(world).all, trusted: readTrust(world.env), signer: readSignerOf(world.env) },
        word,
        { id, database: typeof options.database === "string" ? options.database : undefined },
        { reason: String(options.reason), by: typeof options.by === "string" ? options.by : userOf(world) },
      );
      return { json: said, text: saidText(said) };
    },
  };
}

/** In a pod there is a number and no name. */
function userOf({ env }: World): string {
  if (env.USER) return env.USER;
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? "unknown"}`;
  }
}

const already = {
  held: "was held for that reason already",
  released: "was not held",
  accepted: "has no anomaly that waits for a word",
} as const satisfies Record<Word, string>;

function saidText({ database, id, word, reason, by, written, already: was }: Said): string {
  const what = `backup ${id} of database ${JSON.stringify(database)}`;
  return [
    ...written.map(
      (store) => `${what} ${word === "accepted" ? "accepted" : `is ${word}`} in ${store}, by ${by}: ${reason}`,
    ),
    ...was.map((store) => `${what} ${already[word]} in ${store}; nothing written`),
  ].join("\n");
}
