import { bytesText } from "../format.ts";
import { drop } from "../restore/drop.ts";
import { serverWorld } from "./restore-world.ts";
import type { Verb } from "./verb.ts";

export const restoreDrop: Verb = {
  words: "restore drop",
  about: "drop a database that a restore or an undo keeps, or that a killed restore left",
  details:
    "Refuses any other database. Replication slots and subscriptions in it are somebody's: it goes with them only with --force.",
  args: [{ name: "name", about: "as `golive-backup restore status` shows it" }],
  options: [
    { flags: "--force", about: "with its replication slots and subscriptions" },
    { flags: "--yes", about: "without asking" },
  ],
  examples: ["golive-backup restore drop golive_before_20261125t020013_3f9c1a --yes"],
  reads: ["postgres", "restore"],
  exits: ["USAGE", "CONFIG_INVALID", "LOCKED", "DATABASE_UNREACHABLE", "RESTORE_REFUSED", "INTERRUPTED"],
  async run(world, { args: [name = ""], options }) {
    const report = await drop(serverWorld(world, options.yes === true), name, options.force === true);
    const text = [
      `dropped ${report.dropped} (${bytesText(report.bytes)})`,
      ...report.with.map((what) => `with ${what}`),
    ].join("\n");
    return { json: report, text };
  },
};
