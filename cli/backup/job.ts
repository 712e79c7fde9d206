import { type Code, codes } from "@golive/errors/codes.ts";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { redact } from "@golive/errors/redact.ts";
import type { World } from "../core/world.ts";
import { kubeconfigOf } from "../stack/env.ts";
import { checkContext } from "../stack/prepare.ts";
import type { Settings } from "../stack/settings.ts";

export interface BackupJobRun {
  readonly cronJob: string;
  /** Instead of the template's own. */
  readonly args?: readonly string[];
  /** Variables that differ from the template's. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the program reads on its standard input. */
  readonly stdin?: string;
  readonly onLine: (line: string) => void;
  /** Exit statuses that are an answer and no failure: the judgement of a monitor, the colour of a drill. @default none */
  readonly answers?: readonly number[];
}

export interface BackupJobEnd {
  readonly exit: number;
  readonly lines: readonly string[];
}

/** Runs one of the stack's backup CronJobs as a Job now; returns what it printed, throws its own error. */
export async function runBackupJob(world: World, settings: Settings, job: BackupJobRun): Promise<BackupJobEnd> {
  await checkContext(world, settings);
  const kube = await world.kube({ kubeconfig: await kubeconfigOf(world, settings), context: settings.target.context });
  const lines: string[] = [];
  const own = new LastWords((line) => job.onLine(redact(line)));
  const end = await kube.runJob({
    namespace: `${settings.config.namespacePrefix}-app`,
    cronJob: job.cronJob,
    ...(job.args ? { args: job.args } : {}),
    ...(job.env ? { env: job.env } : {}),
    ...(job.stdin === undefined ? {} : { stdin: job.stdin }),
    onLine: (line) => {
      lines.push(line);
      own.take(line);
    },
  });
  if (end.trouble !== undefined)
    throw new GoliveError(
      "BACKUP_FAILED",
      `job ${end.job} did not start: ${end.trouble}`,
      "Run `golive status` to see what keeps it.",
    );
  const error = ownError(lines);
  if (end.exitCode !== 0 && (error || !job.answers?.includes(end.exitCode)))
    throw error ?? silentEnd(end.job, end.exitCode, lines);
  own.release();
  return { exit: end.exitCode, lines };
}

/** Holds back what may be the job's last words: an error that is thrown from them must not be read twice. */
class LastWords {
  readonly #show: (line: string) => void;
  #held: string[] = [];

  constructor(show: (line: string) => void) {
    this.#show = show;
  }

  take(line: string): void {
    const isHint = this.#held.length > 0 && line.startsWith("hint: ");
    if (!isHint) this.release();
    if (isHint || errorLine.test(line)) this.#held.push(line);
    else this.#show(line);
  }

  release(): void {
    for (const line of this.#held.splice(0)) this.#show(line);
  }
}

const errorLine = /^error ([A-Z_]+): (.*)$/;

/** The job's own last words, when it spoke as golive does ("error CODE: …", "hint: …"). */
function ownError(lines: readonly string[]): GoliveError | undefined {
  const at = lines.findLastIndex((line) => errorLine.test(line));
  const [, code = "", message = ""] = errorLine.exec(lines[at] ?? "") ?? [];
  if (at < 0 || !(code in codes)) return undefined;
  const hint = /^hint: (.*)$/.exec(lines[at + 1] ?? "")?.[1];
  return new GoliveError(
    code as Code,
    message,
    inOurWords(hint ?? "Run the same command again, or see `golive status`."),
  );
}

function silentEnd(job: string, exitCode: number, lines: readonly string[]): GoliveError {
  const last = lines.filter((line) => line.trim() !== "").at(-1) ?? "it said nothing";
  return new GoliveError(
    "BACKUP_FAILED",
    `job ${job} ended with exit status ${exitCode}: ${last}`,
    "Nothing half-done counts as a backup; read the lines above and run the same command again.",
  );
}

/** Verbs of the job's program that have no `backup` before them here. */
const alone = "restore|undo|drill";

/** Commands that the job names, as people type them here. */
export function inOurWords(text: string): string {
  return text
    .replaceAll(new RegExp(`\\bgolive-backup (${alone})\\b`, "g"), "golive $1")
    .replaceAll(/\bgolive-backup (?=[a-z])/g, "golive backup ");
}

/** The JSON document among the lines of a job's log: it stands alone, from the margin to the margin. */
export function documentOf(lines: readonly string[]): unknown {
  for (let from = lines.length - 1; from >= 0; from--) {
    if (!opens(lines[from] ?? "")) continue;
    const length = /[}\]]$/.test(lines[from] ?? "")
      ? 1
      : lines.slice(from).findIndex((line) => /^[}\]]$/.test(line)) + 1;
    try {
      return JSON.parse(lines.slice(from, from + length).join("\n"));
    } catch {
      // A line of the log that began like one.
    }
  }
  throw new GoliveError(
    "BACKUP_FAILED",
    "what the job printed is no JSON document",
    "Run the same command without --json and read what it says.",
  );
}

/** Where a document may begin: everything before it is progress. */
const opens = (line: string): boolean => /^[[{]$|^[[{].*[}\]]$/.test(line);

/** Passes progress on, and not the document that ends the output of a job with --json. */
export function beforeDocument(report: (line: string) => void): (line: string) => void {
  let inDocument = false;
  return (line) => {
    inDocument ||= opens(line);
    if (!inDocument) report(line);
  };
}
