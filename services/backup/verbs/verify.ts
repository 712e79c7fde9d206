import { codes } from "@golive/errors/codes.ts";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { eachStore } from "../care/each-store.ts";
import { type VerifyReport, verify as verifyStore } from "../care/verify.ts";
import { hasIdentities, readIdentities, readSignerOf, readTrust } from "../config/keys.ts";
import { bytesText } from "../format.ts";
import { openStores } from "../storage/open-stores.ts";
import { numberOption } from "./number-option.ts";
import type { Result, Verb } from "./verb.ts";

const gigabyte = 1e9;
/** Every backup is read once a week. */
const defaultDays = 7;

export const verify: Verb = {
  words: "verify",
  about: "read backups whole and compare them with their manifests",
  details:
    "Reads what is stored and compares size and SHA-256 with the signed manifest; with BACKUP_IDENTITY_FILE it decrypts and " +
    "decompresses as well and compares what pg_dump wrote. What it finds is signed and kept beside each backup: the ledger. What " +
    "was proven within the last days is not read again; what was never proven comes first, then the oldest proof. A backup that " +
    "reads wrong is read twice before it is called bad. Without BACKUP_SIGNING_KEY_FILE nothing is recorded.",
  args: [],
  options: [
    { flags: "--id <id>", about: "this backup alone, whatever the ledger says" },
    { flags: "--database <name>", about: "backups of this database alone, by its exact name" },
    { flags: "--all", about: "read every backup, whatever the ledger says" },
    { flags: "--days <days>", about: `believe what was proven within so many days (default: ${defaultDays})` },
    { flags: "--max-gb <gigabytes>", about: "read no more than this in a store and leave the rest for the next run" },
    { flags: "--max-minutes <minutes>", about: "begin no other backup after so long" },
  ],
  examples: [
    "golive-backup verify",
    "golive-backup verify --id 2026-11-24T020013Z-3f9c1a --json",
    "BACKUP_IDENTITY_FILE=/run/escrow golive-backup verify --all",
  ],
  reads: ["store", "keys"],
  exits: [
    "USAGE",
    "CONFIG_INVALID",
    "STORE_UNREACHABLE",
    "BACKUP_FAILED",
    "BACKUP_NOT_FOUND",
    "BACKUP_DAMAGED",
    "BACKUP_UNDECRYPTABLE",
    "INTERRUPTED",
  ],
  notifies: "verify",
  async run(world, { options }) {
    const { env, now, report, signal } = world;
    const gigabytes = numberOption("--max-gb", options.maxGb, 0);
    const given = {
      database: typeof options.database === "string" ? options.database : undefined,
      id: typeof options.id === "string" ? options.id : undefined,
      all: options.all === true,
      days: numberOption("--days", options.days, 0) ?? defaultDays,
      maxBytes: gigabytes === undefined ? undefined : gigabytes * gigabyte,
      maxMinutes: numberOption("--max-minutes", options.maxMinutes, 0),
    };
    const keys = {
      trusted: readTrust(env),
      signer: env.BACKUP_SIGNING_KEY_FILE ? readSignerOf(env) : undefined,
      identities: hasIdentities(env) ? readIdentities(env) : [],
    };
    if (keys.signer === undefined) report("warning: no BACKUP_SIGNING_KEY_FILE, so what is found is not recorded");
    const reports = await eachStore(openStores(world).all, (store) =>
      verifyStore({ store, ...keys, now, report, signal }, given),
    );
    if (given.id !== undefined) mustBeThere(given.id, reports);
    return { json: { stores: reports }, text: reports.map(verifyText).join("\n\n"), ...badNews(reports) };
  },
};

/** An id that names nothing must not look verified. */
function mustBeThere(id: string, reports: readonly VerifyReport[]): void {
  if (reports.some(({ checked, red, unopened }) => checked.length + red.length + unopened.length > 0)) return;
  const begun = reports.some(({ incomplete }) => incomplete > 0);
  throw new GoliveError(
    "BACKUP_NOT_FOUND",
    `there is no backup ${JSON.stringify(id)}${begun ? ": a run of that id has no manifest" : ""}`,
    "See what is there with `golive-backup list`.",
  );
}

/** A bad backup weighs more than one that could not be opened. */
function badNews(reports: readonly VerifyReport[]): Pick<Result, "code" | "exit"> {
  const code = reports.some(({ red }) => red.length > 0)
    ? "BACKUP_DAMAGED"
    : reports.some(({ unopened }) => unopened.length > 0)
      ? "BACKUP_UNDECRYPTABLE"
      : undefined;
  return code === undefined ? {} : { code, exit: codes[code].exit };
}

export function verifyText({ store, depth, checked, red, unopened, believed, left, incomplete }: VerifyReport): string {
  const passed = checked.filter(({ outcome }) => outcome === "passed");
  const bytes = checked.reduce((sum, one) => sum + one.bytes, 0);
  const line = (what: string) => (one: { id: string; database: string; problem: string }) =>
    `${what} ${one.id} of ${JSON.stringify(one.database)}: ${one.problem}`;
  return [
    `${store}: read ${checked.length} backups (${bytesText(bytes)}, ${depth === "decrypted" ? "decrypted" : "as stored"}), ${passed.length} are right`,
    ...red.map(line("DAMAGED")),
    ...unopened.map(line("NOT OPENED")),
    ...(believed > 0 ? [`${believed} proven lately, not read again`] : []),
    ...(left.length > 0 ? [`${left.length} left for the next run`] : []),
    ...(incomplete > 0 ? [`${incomplete} without a manifest: runs that broke off, or are at work`] : []),
  ].join("\n");
}
