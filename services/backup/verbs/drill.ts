import { codes } from "@golive/errors/codes.ts";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { readCatalogue } from "../catalogue/catalogue.ts";
import { readDrillConfig } from "../config/drill.ts";
import { identitiesIn, readIdentities, readSignerOf, readTrust } from "../config/keys.ts";
import { readPostgresConfig } from "../config/postgres.ts";
import { readRecoveryConfig } from "../config/recovery.ts";
import type { Choice } from "../drill/choose.ts";
import { type DrillWorld, drill as drillOne } from "../drill/drill.ts";
import { type DrillOutcome, drillText } from "../drill/outcome.ts";
import { drillPointInTime } from "../drill/point-in-time.ts";
import { drillRecovered, type RecoveredOptions, type RecoveredWorld } from "../drill/recovered.ts";
import { inClusterApi } from "../kubernetes/in-cluster.ts";
import { openStores } from "../storage/open-stores.ts";
import type { Input, Result, Verb, World } from "./verb.ts";

export const drill: Verb = {
  words: "drill",
  about: "restore a backup into a throwaway server and compare it",
  details:
    "Makes a PostgreSQL server of the backup's major version that only this process can reach, restores the backup with its " +
    "roles, owners and rights, compares every table, sequence and large object with the manifest, asks the application's " +
    "invariants, and removes all of it. Measures the time to recover, step by step, and how old the backup was. What came of " +
    "it is signed and kept beside the backup. When a backup is red, one that is known to be good is restored too: should that " +
    "fail as well, the drill blames itself. Without --id, the newest backup of each database that no drill has judged yet, or " +
    "the one that was judged longest ago. With --plane point-in-time a server is recovered from the archive of the write-ahead log, to " +
    "the position at which a proven backup was taken, and held against its manifest: where BACKUP_RECOVERY_CLUSTER_FILE is set the drill " +
    "has it made and taken away by CloudNativePG.",
  args: [],
  options: [
    { flags: "--id <id>", about: "this backup, or `latest`" },
    { flags: "--database <name>", about: "backups of this database alone" },
    {
      flags: "--identity <file>",
      about:
        "decrypt with this file (`-`: standard input) instead of BACKUP_IDENTITY_FILE: the escrow key, to prove that it is enough",
    },
    {
      flags: "--plane <plane>",
      about:
        "`dump`, or `point-in-time`: the archive of the write-ahead log, or a server that somebody recovered from one",
    },
    {
      flags: "--tolerance <percent>",
      about: "of its rows that a table of a recovered server may differ by, and 100 rows at least (default: 1)",
    },
    { flags: "--recovery-seconds <seconds>", about: "how long somebody's recovery took, for the record" },
  ],
  examples: [
    "golive-backup drill",
    "golive-backup drill --id latest --json",
    "golive-backup drill --identity /run/secrets/escrow/identity",
    "golive-backup drill --plane point-in-time --id 2026-11-24T020013Z-3f9c1a",
  ],
  reads: ["store", "keys", "drill", "postgres", "recovery", "notify"],
  exits: [
    "USAGE",
    "CONFIG_INVALID",
    "STORE_UNREACHABLE",
    "DATABASE_UNREACHABLE",
    "LOCKED",
    "BACKUP_NOT_FOUND",
    "BACKUP_DAMAGED",
    "DRILL_FAILED",
    "DRILL_RED",
    "INTERRUPTED",
  ],
  notifies: "drill",
  async run(world, { options }) {
    const choice = choiceOf(options);
    const plane = oneOf("--plane", options.plane ?? "dump", ["dump", "point-in-time"] as const);
    const { all } = openStores(world);
    const stores = all as DrillWorld["stores"];
    const trusted = readTrust(world.env);
    const signer = readSignerOf(world.env);
    const common = { ...world, stores, trusted, signer };
    if (plane === "point-in-time")
      return answer([await drillArchive({ ...common, config: readDrillConfig(world.env) }, choice, options)]);
    const identities = await identitiesOf(world, options);
    const full: DrillWorld = { ...common, identities, config: readDrillConfig(world.env) };
    const outcomes: DrillOutcome[] = [];
    for (const database of await databasesOf(full, options)) outcomes.push(await drillOne(full, { database, choice }));
    return answer(outcomes);
  },
};

/** On standard input an identity is in no file and in no environment: it is gone with this process. */
async function identitiesOf({ env, stdin }: World, { identity }: Input["options"]): Promise<readonly string[]> {
  if (identity === "-") return identitiesIn((await stdin?.()) ?? "", "standard input");
  return readIdentities(typeof identity === "string" ? { ...env, BACKUP_IDENTITY_FILE: identity } : env);
}

/** Where a Cluster is given, it is made and taken away; else PG* names a server that was recovered by somebody else. */
async function drillArchive(
  world: World & Omit<RecoveredWorld, "postgres">,
  choice: Choice,
  options: Input["options"],
): Promise<DrillOutcome> {
  const { env } = world;
  const wanted = recoveredOptions(choice, options);
  const given = readPostgresConfig(env);
  const postgres = typeof options.database === "string" ? { ...given, database: options.database } : given;
  const recovery = readRecoveryConfig(env);
  if (recovery === undefined) return await drillRecovered({ ...world, postgres }, wanted);
  const kubernetes = (signal: AbortSignal) => inClusterApi({ env, signal });
  return await drillPointInTime({ ...world, live: postgres, recovery, kubernetes }, wanted);
}

/** One drill a database: a backup of one says nothing about another's. */
async function databasesOf(
  { stores, trusted }: DrillWorld,
  options: Input["options"],
): Promise<(string | undefined)[]> {
  if (typeof options.database === "string") return [options.database];
  if (typeof options.id === "string" && options.id !== "latest") return [undefined];
  const entries = await readCatalogue(stores[0], { trusted });
  const databases = [
    ...new Set(entries.filter(({ state }) => state === "complete").map(({ database }) => database)),
  ].sort();
  // Without any, the drill itself says what is there instead.
  return databases.length > 0 ? databases : [undefined];
}

function choiceOf({ id }: Input["options"]): Choice {
  if (id === undefined) return "due";
  return id === "latest" ? "latest" : { id: String(id) };
}

function recoveredOptions(choice: Choice, options: Input["options"]): RecoveredOptions {
  const percent = numberOf("--tolerance", options.tolerance ?? "1", 100);
  const took = options.recoverySeconds;
  return {
    choice,
    share: percent / 100,
    recoverySeconds: took === undefined ? undefined : numberOf("--recovery-seconds", took, 1e7),
  };
}

function numberOf(flag: string, value: unknown, largest: number): number {
  const number = Number(value);
  if (value !== "" && number >= 0 && number <= largest) return number;
  throw new GoliveError(
    "USAGE",
    `${flag} ${JSON.stringify(value)} is no number from 0 to ${largest}`,
    "Give one, as in 1.5.",
  );
}

function oneOf<const T extends string>(flag: string, value: unknown, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (found !== undefined) return found;
  throw new GoliveError("USAGE", `${flag} ${value} is unknown`, `Give one of ${known.join(", ")}.`);
}

function answer(outcomes: readonly DrillOutcome[]): Result {
  return { json: { drills: outcomes }, text: outcomes.map(drillText).join("\n\n"), ...badNews(outcomes) };
}

/** A bad backup weighs more than a broken drill. */
function badNews(outcomes: readonly DrillOutcome[]): Pick<Result, "code" | "exit"> {
  const blamed = outcomes.map(({ blame }) => blame);
  const code = blamed.includes("backup") ? "DRILL_RED" : blamed.includes("drill") ? "DRILL_FAILED" : undefined;
  return code === undefined ? {} : { code, exit: codes[code].exit };
}
