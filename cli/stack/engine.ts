import type { Report } from "../core/local-api.ts";

/** What happens to how many resources: `{create: 3, same: 40}`. */
export type Changes = Readonly<Record<string, number>>;

/** A Pulumi program: what it returns are the stack's outputs. */
export type Program = () => Promise<Record<string, unknown>>;

export interface EngineTarget {
  readonly stack: string;
  readonly project: string;
  /** Holds Pulumi.yaml and Pulumi.<stack>.yaml as the engine reads and writes them. */
  readonly workDir: string;
  /** Everything the engine and its plugins read from the environment, PATH included. */
  readonly env: Record<string, string>;
  /** The `pulumi` program. */
  readonly pulumi: string;
  readonly program: Program;
  /** Everything that Pulumi says, for a log. */
  readonly log: (text: string) => void;
  /** Told the pid of a running `pulumi`, and undefined at its end. */
  readonly onChild: (pid: number | undefined) => void;
}

export interface UpdateResult {
  readonly changes: Changes;
  readonly outputs: Readonly<Record<string, { readonly value: unknown; readonly secret: boolean }>>;
}

export interface PreviewRun {
  /** Looks at the world first, so that drift shows. The state is not written. */
  readonly refresh?: boolean;
  /** File to write the plan to; `up` takes it. Secrets in it are encrypted like those of the state. */
  readonly plan?: string;
}

export interface Previewed {
  /** The engine's events as they came. */
  readonly events: readonly unknown[];
  /** Why the preview did not get to its end; UPDATE_FAILED. */
  readonly failure: Error | undefined;
  /** Against a copy of a state: resources of which what comes from secrets was not compared. */
  readonly notCompared?: number;
}

/** One stack, opened. Every call throws a GoliveError. */
export interface OpenStack {
  /** Config keys that are there; secrets stay encrypted. */
  hasConfig(key: string): Promise<boolean>;
  setSecret(key: string, value: string): Promise<void>;
  /** Takes away the locks of a run that died. */
  cancel(): Promise<void>;
  /** Operations that a killed run had begun and nobody knows the end of. */
  pending(): Promise<number>;
  /** Compares the state with the world, dropping creations that never ended. */
  refresh(report: Report): Promise<Changes>;
  /** @param options.plan file that `preview` wrote: a step that it does not hold is refused */
  up(report: Report, options?: { readonly plan?: string; readonly refresh?: boolean }): Promise<UpdateResult>;
  /** What `up` would do. One that fails halfway returns too: what was seen until then is worth showing. */
  preview(report: Report, options?: PreviewRun): Promise<Previewed>;
  destroy(report: Report): Promise<Changes>;
  /** Puts a state in the place of the stack's own: the document of `pulumi stack export`. */
  importState(exported: unknown): Promise<void>;
}

export interface Engine {
  open(target: EngineTarget): Promise<OpenStack>;
}

/** True when nothing was or would be touched. */
export function unchanged(changes: Changes): boolean {
  return Object.entries(changes).every(([op, count]) => count === 0 || op === "same" || op === "read");
}

/** `3 to create`-style words, most telling first. */
export function describeChanges(changes: Changes): string {
  if (unchanged(changes)) return `no changes, ${changes.same ?? 0} resources as they should be`;
  const words = {
    create: "created",
    update: "updated",
    replace: "replaced",
    delete: "deleted",
    same: "unchanged",
  } as const;
  return Object.entries(words)
    .filter(([op]) => (changes[op] ?? 0) > 0)
    .map(([op, word]) => `${changes[op]} ${word}`)
    .join(", ");
}
