import { readFile } from "node:fs/promises";
import { codes } from "@golive/errors/codes.ts";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { given, runVerb } from "../backup/job-verb.ts";
import { type Flag, type Input, stackFlag, text, verb } from "../core/verb.ts";
import type { World } from "../core/world.ts";
import { archiveStep } from "../point-in-time/live-database.ts";
import { kubeconfigOf } from "../stack/env.ts";
import { checkContext } from "../stack/prepare.ts";
import { readSettings, type Settings, stackName } from "../stack/settings.ts";

/** Passed on to the program in the job, under the same names. */
const passed = {
  id: {
    value: "id",
    about: "this backup, or latest (default: the one that is due; of the archive, the newest proven one)",
  },
  database: { value: "name", about: "backups of this database alone" },
  tolerance: {
    value: "percent",
    about:
      "with --point-in-time: of its rows that a table may differ by for what was written in that instant (default: 1)",
  },
} as const satisfies Readonly<Record<string, Flag>>;

export const drill = verb({
  about: "restore a backup, or a moment, into a throwaway server and compare it",
  details:
    "Runs the weekly drill's job now: a database server that nothing else reaches, a backup restored into it, every table, sequence and " +
    "large object compared with the signed manifest, the application's invariants asked, times taken step by step. What came of it is " +
    "signed and kept beside the backup. Nothing of the live database is touched, or even reached. With --point-in-time the server comes out " +
    "of the archive of the write-ahead log instead, at the very position at which the newest proven backup was taken: so the archive is held " +
    "against the backups. That drill asks the live server to close a segment of its log, and how far it is archived. With --identity the backup is opened with that key alone, which goes to the job's standard input: it is in no " +
    "object of the cluster and on no disk of it.",
  flags: {
    ...passed,
    "point-in-time": { about: "drill the archive of the write-ahead log instead of a dump" },
    identity: { value: "file", about: "open the backup with this key: the escrow's, to prove that it is enough" },
    stack: stackFlag,
  },
  json: true,
  examples: [
    { run: "golive drill", about: "one backup of every database" },
    { run: "golive drill --id latest --json", about: "the newest one, for a program" },
    { run: "golive drill --point-in-time", about: "a server out of the archive of the log" },
    {
      run: "golive drill --id latest --identity escrow.txt",
      about: "what is left when the cluster and its keys are lost",
    },
  ],
  exits: [
    "CONFIG_INVALID",
    "CONTEXT_REFUSED",
    "CLUSTER_UNREACHABLE",
    "STORE_UNREACHABLE",
    "DATABASE_UNREACHABLE",
    "LOCKED",
    "BACKUP_NOT_FOUND",
    "BACKUP_DAMAGED",
    "DRILL_FAILED",
    "DRILL_RED",
    "BACKUP_FAILED",
    "INTERRUPTED",
  ],
  async run(world, input) {
    const archive = input["point-in-time"] === true;
    checkTogether(input, archive);
    const settings = await readSettings(world, stackName(world, input));
    const answers = [codes.DRILL_FAILED.exit, codes.DRILL_RED.exit];
    if (!archive) {
      const identity = await readIdentity(text(input, "identity"));
      const args = ["drill", ...given(input, [], passed), ...(identity === undefined ? [] : ["--identity=-"])];
      const stdin = identity === undefined ? {} : { stdin: identity };
      return await runVerb(world, settings, input, { cronJob: "backup-drill", args, answers, ...stdin });
    }
    await bringUpToDate(world, settings);
    // Now the archive reaches every backup; by the clock only those are taken that it reaches for certain.
    const args = [
      "drill",
      "--plane=point-in-time",
      ...given(input.id === undefined ? { ...input, id: "latest" } : input, [], passed),
    ];
    return await runVerb(world, settings, input, { cronJob: "backup-drill-point-in-time", args, answers });
  },
});

function checkTogether(input: Input, archive: boolean): void {
  const wrong = archive ? "identity" : "tolerance";
  if (input[wrong] === undefined) return;
  throw new GoliveError(
    "USAGE",
    `--${wrong} is given ${archive ? "with" : "without"} --point-in-time`,
    archive
      ? "The archive of the log is opened by the store, with no key of the backups: leave --identity out."
      : "A dump has to be exactly as its manifest says: leave --tolerance out.",
  );
}

/** Checked here, because the job would only say that its standard input is wrong. The message never quotes the file. */
async function readIdentity(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const hint = "Name the file that age-keygen wrote: a line AGE-SECRET-KEY-… in it.";
  const content = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new GoliveError("USAGE", `--identity ${path} cannot be read: ${cause.code}`, hint, { cause });
  });
  if (!/^AGE-SECRET-KEY-[0-9A-Z-]+\r?$/m.test(content))
    throw new GoliveError("USAGE", `--identity ${path} holds no age identity`, hint);
  return content;
}

/** The newest backup may lie on a segment of the log that a quiet database has not closed yet. */
async function bringUpToDate(world: World, settings: Settings): Promise<void> {
  await checkContext(world, settings);
  const kube = await world.kube({ kubeconfig: await kubeconfigOf(world, settings), context: settings.target.context });
  const namespace = `${settings.config.namespacePrefix}-app`;
  await world.steps([archiveStep(world, { kube, namespace }, () => world.clock.now())]);
}
