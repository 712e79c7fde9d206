/** One side of a step: what the engine knows of a resource before or after it. */
export interface State {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly urn: string;
  readonly provider: string;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  /** URNs that it needs; engine events do not carry them. */
  readonly dependencies: readonly string[];
}

/** A step of a plan, in the order in which the engine would take it. */
export interface Step {
  readonly op: string;
  readonly urn: string;
  readonly old: State | undefined;
  readonly new: State | undefined;
  /** Properties that force a replacement. */
  readonly causes: readonly string[];
  /** Path of a property → `add`, `update-replace`, …; empty where the provider tells none. */
  readonly kinds: Readonly<Record<string, string>>;
  /** Properties that the provider says have changed. */
  readonly changed: readonly string[];
  /** Who has set something in it past the program, as others name themselves. */
  readonly by?: readonly string[];
}

export interface Diagnostic {
  readonly severity: "error" | "warning";
  /** Empty where it is about the run as a whole. */
  readonly urn: string;
  readonly message: string;
}

/** What was seen of a preview, wherever it came from. */
export interface Observed {
  readonly steps: readonly Step[];
  readonly diagnostics: readonly Diagnostic[];
  readonly policies: readonly PolicyFinding[];
  /** The engine's own counts; absent where the run did not get that far. */
  readonly summary: Readonly<Record<string, number>> | undefined;
}

/** What a policy says about a planned resource: the hook by which policies reach a preview. */
export interface PolicyFinding {
  readonly policy: string;
  /** URN or logical name. */
  readonly resource: string;
  readonly message: string;
  /** An `error` makes the preview fail, a `warning` is shown. */
  readonly severity: "error" | "warning";
}

/** Looks at the steps of a plan before it is rendered. */
export type PolicyHook = (steps: readonly Step[]) => readonly PolicyFinding[];

/** Type and name out of a URN; what is no URN is all name. */
export function partsOf(urn: string): { readonly type: string; readonly name: string } {
  const [head = "", , types = "", ...name] = urn.split("::");
  if (!head.startsWith("urn:pulumi:") || name.length === 0) return { type: "", name: urn };
  return { type: types.split("$").at(-1) ?? "", name: name.join("::") };
}

/** Providers that Pulumi makes for itself; the engine leaves them out of its counts. */
export function isDefaultProvider(urn: string): boolean {
  const { type, name } = partsOf(urn);
  return type.startsWith("pulumi:providers:") && /^default(_|$)/.test(name);
}
