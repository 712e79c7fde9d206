/** The operator's log of a recovery: a JSON object a line, PostgreSQL's own lines in its `record`. */
interface Line {
  readonly ts?: string;
  readonly level?: string;
  readonly msg?: string;
  readonly error?: string;
  readonly record?: { readonly error_severity?: string; readonly message?: string };
}

function linesOf(text: string): Line[] {
  return text.split("\n").flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line);
      return value !== null && typeof value === "object" ? [value as Line] : [];
    } catch {
      return [];
    }
  });
}

/** When the steps of a recovery began, by the clock of its node. */
export interface RecoveryMarks {
  /** The base backup is looked for and fetched. */
  readonly begun: Date | undefined;
  /** It is there, and the log is replayed. Source: `Generated recovery configuration` of CloudNativePG's restore.go. */
  readonly fetched: Date | undefined;
}

export function recoveryMarks(log: string): RecoveryMarks {
  const lines = linesOf(log);
  const timeOf = (line: Line | undefined) => {
    const time = new Date(line?.ts ?? "");
    return Number.isNaN(time.getTime()) ? undefined : time;
  };
  return {
    begun: timeOf(lines.find(({ ts }) => ts !== undefined)),
    fetched: timeOf(lines.find(({ msg }) => msg === "Generated recovery configuration")),
  };
}

/** What a fault says about the archive. `unreached`: it ends before the moment, which is only bad when it should not. */
export type FaultKind = "archive" | "unreached" | "no-base-backup" | "other";

export interface RecoveryFault {
  readonly kind: FaultKind;
  /** The words of whoever failed. */
  readonly message: string;
  /** Whether trying again is in vain. */
  readonly final: boolean;
}

/** Words of PostgreSQL, the operator and its plugin, most telling first. */
const known: readonly (readonly [RegExp, FaultKind])[] = [
  [/recovery ended before configured recovery target was reached/, "unreached"],
  [/no target backup found|no backup found/, "no-base-backup"],
  [/is before consistent recovery point|checking the presence of first needed WAL/, "archive"],
  [/could not locate (a valid|required) checkpoint record|invalid checkpoint record/, "archive"],
  [/(incorrect|bad) (resource manager data checksum|magic number|page header)|invalid page in block/, "archive"],
  [/WAL ends before (consistent recovery point|end of online backup)/, "archive"],
];

/** The last thing that went wrong, out of the log of a recovery that failed. A word that says why goes before later noise. */
export function recoveryFault(log: string): RecoveryFault {
  const said = linesOf(log).flatMap(({ level, msg, error, record }) => {
    if (/^(FATAL|PANIC)$/.test(record?.error_severity ?? "")) return [String(record?.message)];
    return level === "error" ? [[msg, error].filter(Boolean).join(": ")] : [];
  });
  for (const [words, kind] of known) {
    const message = said.findLast((one) => words.test(one));
    if (message !== undefined) return { kind, message, final: true };
  }
  return { kind: "other", message: said.at(-1) ?? "its log does not say why", final: false };
}
