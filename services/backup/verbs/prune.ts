import { eachStore } from "../care/each-store.ts";
import { freshHours } from "../care/freshness.ts";
import { type PruneReport, prune as pruneStore } from "../care/prune.ts";
import { readTrust } from "../config/keys.ts";
import { readRetentionPolicy } from "../config/retention.ts";
import { bytesText } from "../format.ts";
import { forgetTold } from "../notify/last-told.ts";
import type { Report } from "../progress.ts";
import type { PrunableStore } from "../storage/object-store.ts";
import { openPrunableStores } from "../storage/open-stores.ts";
import type { Verb } from "./verb.ts";

export const prune: Verb = {
  words: "prune",
  about: "remove the backups that no rule of retention keeps; a dry run without --yes",
  details:
    "Keeps every backup younger than 30 days, the 7 newest proven whatever their age, one for each of the last 7 days, 4 weeks " +
    "and 12 months that have one, what is held, and what is being read. Nothing of a database goes while its newest backup is " +
    "unlike those before it or failed its check, while clocks disagree by more than 5 minutes, or for the sake of backups that " +
    "nobody has proven. Folders without a valid manifest and uploads without an end go after 48 hours. What the store locks " +
    "stays, and that is no error.",
  args: [],
  options: [
    { flags: "--yes", about: "remove; without it, tell what would be removed" },
    { flags: "--database <name>", about: "backups of this database alone, by its exact name" },
    {
      flags: "--after-success",
      about: `prune nothing of a database whose newest scheduled backup is older than ${freshHours} h`,
    },
  ],
  examples: [
    "golive-backup prune",
    "golive-backup prune --yes --after-success",
    "golive-backup prune --database app --json",
  ],
  reads: ["store", "keys", "retention"],
  exits: ["CONFIG_INVALID", "STORE_UNREACHABLE", "BACKUP_FAILED", "UNHEALTHY", "INTERRUPTED"],
  notifies: "prune",
  async run(world, { options }) {
    const { now, report, signal, env } = world;
    const trusted = readTrust(env);
    const policy = readRetentionPolicy(env);
    const given = {
      yes: options.yes === true,
      database: typeof options.database === "string" ? options.database : undefined,
      afterSuccess: options.afterSuccess === true,
    };
    const stores = openPrunableStores(world);
    const reports = await eachStore(stores, (store) =>
      pruneStore({ store, trusted, policy, now, report, signal }, given),
    );
    if (given.yes) await forgetNotes(stores, report);
    const notable = reports.flatMap(({ store, frozen }) =>
      frozen.map(({ database, why }) => `pruning of ${JSON.stringify(database)} in ${store} is frozen: ${why}`),
    );
    const about = reports.flatMap(({ store, frozen }) => frozen.map(({ database }) => `${database} in ${store}`));
    return { json: { stores: reports }, text: reports.map(pruneText).join("\n\n"), notable, about };
  },
};

/** Notes of what people were told, which pile up slowly. That they cannot be removed is no failure of the prune. */
async function forgetNotes(stores: readonly PrunableStore[], report: Report): Promise<void> {
  for (const store of stores)
    try {
      await forgetTold(store, await store.clock());
    } catch (error) {
      report(`warning: ${store.name}: old notes of what was told stay: ${(error as Error).message}`);
    }
}

export function pruneText({
  store,
  dryRun,
  decisions,
  removed,
  retained,
  spared,
  frozen,
  uploads,
}: PruneReport): string {
  const kept = decisions.length - removed.length - retained.length - spared.length;
  const bytes = removed.reduce((sum, one) => sum + one.bytes, 0);
  const line = (what: string) => (one: { id: string; database: string; why: string }) =>
    `${what} ${one.id} of ${JSON.stringify(one.database)}: ${one.why}`;
  const verb = dryRun ? "would remove" : "removed";
  return [
    `${store}: ${verb} ${removed.length} of ${decisions.length} (${bytesText(bytes)}), ${kept} kept, ${retained.length} retained by the store`,
    ...removed.map(line(verb)),
    ...retained.map(line("retained")),
    ...spared.map(line("spared")),
    ...frozen.map(({ database, why }) => `frozen ${JSON.stringify(database)}: ${why}`),
    ...uploads.map((key) => `${dryRun ? "would give up" : "gave up"} the upload of ${key}`),
    ...(dryRun ? ["nothing was changed; --yes does it"] : []),
  ].join("\n");
}
