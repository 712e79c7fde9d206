import { redact } from "@golive/errors/redact.ts";
import type { Diagnostic, Observed, PolicyFinding, State, Step } from "./step.ts";

type Loose = Readonly<Record<string, unknown>>;

/**
 * What engine events say about a preview. They come from a program of another version than this one, so every field is looked at
 * before it is believed, and what is not known is passed over.
 */
export function fromEvents(events: readonly unknown[]): Observed {
  const steps: Step[] = [];
  const diagnostics: Diagnostic[] = [];
  const policies: PolicyFinding[] = [];
  let summary: Readonly<Record<string, number>> | undefined;
  for (const event of events.map(objectOf)) {
    const before = objectOf(objectOf(event["resourcePreEvent"])["metadata"]);
    const after = objectOf(objectOf(event["resOutputsEvent"])["metadata"]);
    if (text(before["urn"])) steps.push(stepOf(before, before["old"], before["new"], before["keys"], before["diffs"]));
    // Only its end tells what a refresh found.
    if (after["op"] === "refresh") replaceRefresh(steps, stepOf(after, after["old"], after["new"], [], after["diffs"]));
    const said = diagnosticOf(objectOf(event["diagnosticEvent"]));
    if (said) diagnostics.push(said);
    const policy = policyOf(objectOf(event["policyEvent"]));
    if (policy) policies.push(policy);
    if (event["summaryEvent"]) summary = numbers(objectOf(event["summaryEvent"])["resourceChanges"]);
  }
  return { steps, diagnostics: distinct(diagnostics), policies, summary };
}

/** The same of a run that may have failed. A failure that the events do not tell of is told by the error itself. */
export function withFailure(events: readonly unknown[], failure: Error | undefined): Observed {
  const observed = fromEvents(events);
  if (!failure || observed.diagnostics.some(({ severity }) => severity === "error")) return observed;
  const said = { severity: "error" as const, urn: "", message: redact(failure.message) };
  return { ...observed, diagnostics: [...observed.diagnostics, said] };
}

/** The same out of what `pulumi preview --json` prints. It holds no policies. */
export function fromDigest(document: unknown): Observed {
  const digest = objectOf(document);
  const steps = list(digest["steps"])
    .map(objectOf)
    .filter((step) => text(step["urn"]) !== "")
    .map((step) => stepOf(step, step["oldState"], step["newState"], step["replaceReasons"], step["diffReasons"]));
  const diagnostics = list(digest["diagnostics"]).flatMap((one) => diagnosticOf(objectOf(one)) ?? []);
  const summary = digest["changeSummary"] === undefined ? undefined : numbers(digest["changeSummary"]);
  return { steps, diagnostics: distinct(diagnostics), policies: [], summary };
}

function stepOf(step: Loose, before: unknown, after: unknown, causes: unknown, changed: unknown): Step {
  const urn = text(step["urn"]);
  const provider = text(step["provider"]);
  const kinds = Object.entries(objectOf(step["detailedDiff"])).map(([path, how]) => {
    const { kind, diffKind } = objectOf(how);
    return [path, text(diffKind) || text(kind) || "update"] as const;
  });
  return {
    op: text(step["op"]) || "unknown",
    urn,
    old: stateOf(before, urn, provider),
    new: stateOf(after, urn, provider),
    causes: list(causes).map(text).filter(Boolean),
    kinds: Object.fromEntries(kinds),
    changed: list(changed).map(text).filter(Boolean),
  };
}

function stateOf(given: unknown, urn: string, provider: string): State | undefined {
  if (given === null || typeof given !== "object") return undefined;
  const state = given as Loose;
  return {
    inputs: objectOf(state["inputs"]),
    outputs: objectOf(state["outputs"]),
    urn: text(state["urn"]) || urn,
    provider: text(state["provider"]) || provider,
    protect: state["protect"] === true,
    retainOnDelete: state["retainOnDelete"] === true,
    dependencies: list(state["dependencies"]).map(text),
  };
}

function replaceRefresh(steps: Step[], end: Step): void {
  const at = steps.findIndex(({ op, urn }) => op === "refresh" && urn === end.urn);
  if (at < 0) steps.push(end);
  else steps[at] = end;
}

/**
 * The engine says of every program that stands on PATH that it does, and of which version it is. It is golive that puts them there, and
 * no reviewer can do anything about it.
 */
const ofPrograms = /^using pulumi-\S+ from \$PATH at |^resource plugin \S+ is expected to have version /;

function diagnosticOf(said: Loose): Diagnostic | undefined {
  const { severity } = said;
  if (severity !== "error" && severity !== "warning") return undefined;
  const message = text(said["message"]).trim();
  if (message === "" || ofPrograms.test(message)) return undefined;
  return { severity, urn: text(said["urn"]), message: redact(message) };
}

function policyOf(said: Loose): PolicyFinding | undefined {
  const policy = text(said["policyName"]);
  if (policy === "") return undefined;
  return {
    policy: [text(said["policyPackName"]), policy].filter(Boolean).join("/"),
    resource: text(said["resourceUrn"]),
    message: text(said["message"]).trim(),
    severity: said["enforcementLevel"] === "mandatory" ? "error" : "warning",
  };
}

function distinct(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Map(diagnostics.map((one) => [`${one.severity} ${one.urn} ${one.message}`, one] as const));
  return [...seen.values()];
}

function objectOf(given: unknown): Loose {
  return given !== null && typeof given === "object" && !Array.isArray(given) ? (given as Loose) : {};
}

const list = (given: unknown): readonly unknown[] => (Array.isArray(given) ? given : []);
const text = (given: unknown): string => (typeof given === "string" ? given : "");

function numbers(given: unknown): Record<string, number> {
  const entries = Object.entries(objectOf(given)).filter((entry): entry is [string, number] => {
    return typeof entry[1] === "number" && entry[1] > 0;
  });
  return Object.fromEntries(entries);
}
