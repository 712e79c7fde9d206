import { type Complete, type Entry, standingOf } from "../catalogue/catalogue.ts";
import { bytesText } from "../format.ts";
import type { Known, Sample } from "./facts.ts";
import { newestFirst } from "./newest.ts";
import { type Finding, fail, ok, unknown, warn } from "./verdict.ts";

/**
 * Check 4: signatures of all manifests (the catalogue checks them when it is read), what the ledger says went wrong, and the bytes of
 * the newest backup. The newest being bad is red; an old one has others around it.
 */
export function judgeIntegrity(
  database: string,
  entries: readonly Entry[],
  samples: Known<readonly Sample[]> | undefined,
): Finding[] {
  const own = entries.filter((entry) => entry.database === database && entry.state !== "incomplete");
  const newest = newestOf(own);
  const findings = own.flatMap((entry) => {
    const problem = problemOf(entry);
    if (problem === undefined) return [];
    return [(newest.includes(entry) ? fail : warn)(`${entry.id}: ${problem}`)];
  });
  if (samples && "problem" in samples)
    findings.push(unknown(`no backup could be read to compare its checksum: ${samples.problem}`));
  const read = (samples && "value" in samples ? samples.value : []).filter((one) => one.database === database);
  findings.push(...read.map(sampleFinding));
  const good = own.filter((entry) => problemOf(entry) === undefined).length;
  // What was not read is not said to be right: only that it is there, of the size and with the signature that it should have.
  const unread =
    samples && "value" in samples && read.length === 0
      ? "; none was read whole: BACKUP_MONITOR_SAMPLE_MB is too small for the newest"
      : "";
  if (findings.length === 0 && good > 0)
    findings.push(ok(`${good} signed ${good === 1 ? "manifest fits" : "manifests fit"} what is stored${unread}`));
  return findings;
}

/** Those that would be looked at first: the newest by its number, and what the store got after it, which has no number to trust. */
function newestOf(own: readonly Entry[]): readonly Entry[] {
  const [newest] = own.filter((entry) => entry.state === "complete").sort(newestFirst);
  if (newest === undefined) return own;
  return own.filter((entry) => entry === newest || (entry.state !== "complete" && entry.stored > newest.stored));
}

const problemOf = (entry: Entry): string | undefined =>
  entry.state === "complete" ? standingOf(entry as Complete).failed : entry.problem;

const sampleFinding = ({ id, bytes, damage }: Sample): Finding =>
  damage === undefined ? ok(`${id} read whole, ${bytesText(bytes)}, as its manifest says`) : fail(`${id}: ${damage}`);
