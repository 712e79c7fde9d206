import type { PlannedResource } from "./resource.ts";

/** What of the engine's event before a step policies look at; the Automation API's `StepEventMetadata` has more. */
export interface PlannedStep {
  readonly op: string;
  readonly urn: string;
  readonly type: string;
  readonly new?: StepState | undefined;
  readonly old?: StepState | undefined;
}

interface StepState {
  readonly inputs?: Readonly<Record<string, unknown>> | undefined;
  readonly protect?: boolean | undefined;
}

/** Steps after which the resource is there; a replacement has one such step among its three. */
const stays = new Set(["same", "create", "update", "create-replacement", "replace", "import", "import-replacement"]);

/**
 * The resources of a preview. Secrets are `[secret]` in it, and what is not known before an update is the engine's sentinel: policies
 * take both for text. Whether a resource outlives its stack is not in the events, so `retain` stays open.
 */
export function plannedResources(steps: readonly PlannedStep[]): PlannedResource[] {
  const byUrn = new Map<string, PlannedResource>();
  for (const { op, urn, type, new: next, old } of steps) {
    if (!stays.has(op) || next?.inputs === undefined) continue;
    const name = urn.split("::").slice(3).join("::");
    byUrn.set(urn, { type, name, inputs: next.inputs, old: old?.inputs, protect: next.protect === true });
  }
  return [...byUrn.values()];
}
