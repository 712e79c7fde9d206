import { isDeepStrictEqual } from "node:util";
import { valueAt } from "../marks.ts";
import type { Observed, State, Step } from "../step.ts";
import { partsOf } from "../step.ts";
import type { Graph, GraphResource } from "./graph.ts";

/** Two graphs as the steps that an engine would begin with. What a provider would add, and what the world is like, is not in them. */
export function compareGraphs(base: Graph, head: Graph): Observed {
  const before = new Map(base.resources.map((one) => [one.urn, one]));
  const after = new Map(head.resources.map((one) => [one.urn, one]));
  const urns = [...new Set([...before.keys(), ...after.keys()])].sort();
  const steps = urns.map((urn) => step(urn, before.get(urn), after.get(urn)));
  return { steps, diagnostics: [], policies: [], summary: undefined };
}

function step(urn: string, before: GraphResource | undefined, after: GraphResource | undefined): Step {
  const causes = before && after ? identityChanges(urn, before, after) : [];
  const same = before && after && isDeepStrictEqual(before.inputs, after.inputs);
  const op = !before ? "create" : !after ? "delete" : causes.length > 0 ? "replace" : same ? "same" : "update";
  return { op, urn, old: stateOf(before), new: stateOf(after), causes, kinds: {}, changed: [] };
}

/** What Kubernetes knows an object by. Under another name it is another object, whatever the provider. */
function identityChanges(urn: string, before: GraphResource, after: GraphResource): string[] {
  if (!partsOf(urn).type.startsWith("kubernetes:")) return [];
  return ["name", "namespace"]
    .filter((key) => valueAt(before.inputs, ["metadata", key]) !== valueAt(after.inputs, ["metadata", key]))
    .map((key) => `metadata.${key}`);
}

function stateOf(resource: GraphResource | undefined): State | undefined {
  if (!resource) return undefined;
  const { urn, inputs, protect, retainOnDelete } = resource;
  return { urn, inputs, outputs: {}, provider: "", protect, retainOnDelete, dependencies: [] };
}
