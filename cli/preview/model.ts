import type { PropertyChange } from "./property-change.ts";
import type { Diagnostic, PolicyFinding } from "./step.ts";

/** Where the plan comes from: the engine, the output of another preview, or a comparison of two graphs without an engine. */
export type Source = "engine" | "digest" | "graph";

/** A resource that something happens to. */
export interface Row {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** The engine's word: `replace`, `delete`, …; a replacement's three steps are one `replace`. */
  readonly op: string;
  /** Of a replacement: what comes first. */
  readonly first?: "delete" | "create";
  /** Properties that force the replacement. */
  readonly causes: readonly string[];
  /** Those that are shown; `more` others are not. */
  readonly changes: readonly PropertyChange[];
  readonly more: number;
  /** URNs that are replaced because this one is. */
  readonly dependents: readonly string[];
  /** Words of ours about it, like "is gone from the world". */
  readonly notes: readonly string[];
  /** Who has set something in it past the program, and when, as they name themselves. */
  readonly by: readonly string[];
  /** The name, or the URN, that it has in the state: an alias renames it. */
  readonly formerly?: string;
  /** What would be lost, where it holds data. */
  readonly data?: string;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
}

/** A replacement or deletion that loses data or meets a guard. */
export interface Risk {
  readonly urn: string;
  readonly op: string;
  /** What would be lost, or that it is protected. */
  readonly why: string;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  /** True when the caller named it with --allow. */
  readonly allowed: boolean;
}

/** Resources that would be handed to another version of their provider. */
export interface ProviderChange {
  readonly provider: string;
  readonly from: string;
  readonly to: string;
  readonly resources: number;
}

/** Everything that a preview says, ready to be written down. Its order is the order on the page, and is always the same. */
export interface PreviewModel {
  readonly schema: 1;
  readonly stack: string;
  readonly source: Source;
  /** False when the run did not get to its end: what follows is a part. */
  readonly complete: boolean;
  /** The engine's counts by operation; of an incomplete run, those of the steps that were seen. */
  readonly counts: Readonly<Record<string, number>>;
  readonly same: number;
  /** Resources of which what comes from secrets was not compared, since the state is a copy without them. */
  readonly notCompared: number;
  readonly rows: readonly Row[];
  readonly risks: readonly Risk[];
  readonly providers: readonly ProviderChange[];
  readonly policies: readonly PolicyFinding[];
  readonly diagnostics: readonly Diagnostic[];
  /** Operations that this version does not know; their rows are shown as they are. */
  readonly unknownOps: readonly string[];
  /** URNs of --allow that nothing threatens. */
  readonly needlessAllows: readonly string[];
  /** What was compared, commits for instance; empty where there is nothing to say. */
  readonly about: string;
}

/** True when nothing would change, and the run got far enough to know. */
export function nothingChanges(model: PreviewModel): boolean {
  return model.complete && model.rows.length === 0 && model.providers.length === 0;
}
