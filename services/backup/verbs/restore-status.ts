import { readStatus, statusText } from "../restore/status.ts";
import { serverWorld } from "./restore-world.ts";
import type { Verb } from "./verb.ts";

export const restoreStatus: Verb = {
  words: "restore status",
  about: "list what restores keep or left in the server, and what can be done about it",
  details: "Reads names and comments of databases, which is all the state that a restore has. Changes nothing.",
  args: [],
  options: [],
  examples: ["golive-backup restore status", "golive-backup restore status --json"],
  reads: ["postgres", "restore"],
  exits: ["CONFIG_INVALID", "DATABASE_UNREACHABLE", "INTERRUPTED"],
  async run(world) {
    const status = await readStatus(serverWorld(world, false));
    return { json: status, text: statusText(status, world.now()) };
  },
};
