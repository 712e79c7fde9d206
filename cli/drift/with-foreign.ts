import type { Report } from "../core/local-api.ts";
import type { World } from "../core/world.ts";
import type { Path } from "../preview/difference.ts";
import type { Observed, State, Step } from "../preview/step.ts";
import type { Settings } from "../stack/settings.ts";
import { type Hand, nowhere } from "./field-owners.ts";
import { readTouches, type Touches } from "./foreign.ts";

/** What was seen of a preview that has looked at the world, and what the cluster tells of fields that the engine does not look for. */
export async function withForeign(
  world: World,
  settings: Settings,
  observed: Observed,
  report: Report,
): Promise<Observed> {
  report("asking who has set what");
  return withTouches(observed, await readTouches(world, settings, observed));
}

/**
 * The same plan with what others have set on the side of what is there, and what the program says on the other: where the engine sees
 * nothing to do, an update.
 */
export function withTouches(observed: Observed, { found, trouble }: Touches): Observed {
  let turned = 0;
  const steps = observed.steps.map((step): Step => {
    const touched = found.get(step.urn);
    const { op, old, new: news } = step;
    if (!touched || !old || !news || (op !== "same" && op !== "update")) return step;
    const { additions, edits, hands } = touched;
    if (op === "same" && additions.length + edits.length === 0) return step;
    if (op === "same") turned += 1;
    const there = [...additions, ...edits].reduce<unknown>(
      (tree, { beside, value }) => withValue(tree, beside, value),
      old.inputs,
    );
    const wanted = edits.reduce<unknown>((tree, { beside, instead }) => withValue(tree, beside, instead), news.inputs);
    const by = op === "update" ? hands : [...additions, ...edits].map((field) => field.by);
    return {
      ...step,
      op: "update",
      old: { ...old, inputs: there as State["inputs"] },
      new: { ...news, inputs: wanted as State["inputs"] },
      by: by.map(handText),
    };
  });
  const { same = 0, update = 0, ...rest } = observed.summary ?? {};
  const recounted = { ...rest, same: same - turned, update: update + turned };
  const summary = turned === 0 || !observed.summary ? observed.summary : recounted;
  const message = `not every object could be asked who has set its fields: ${trouble}`;
  const said = trouble === "" ? [] : [{ severity: "warning" as const, urn: "", message }];
  return { ...observed, steps, summary, diagnostics: [...observed.diagnostics, ...said] };
}

const handText = ({ manager, time }: Hand) => `${manager}${time === "" ? "" : `, ${time}`}`;

/** The same tree with a value at a place; what has none in a list comes behind its end. */
function withValue(tree: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  if (typeof key === "number") {
    const list = Array.isArray(tree) ? (tree as unknown[]) : [];
    return key === nowhere || key >= list.length ? [...list, value] : list.with(key, withValue(list[key], rest, value));
  }
  const object = tree !== null && typeof tree === "object" && !Array.isArray(tree) ? tree : {};
  return { ...object, [key]: withValue((object as Record<string, unknown>)[key], rest, value) };
}
