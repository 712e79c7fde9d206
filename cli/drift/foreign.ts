import { isDeepStrictEqual } from "node:util";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { fieldManager } from "@golive/infra/metadata.ts";
import { holdsSecret } from "@golive/infra/policies/secret-mark.ts";
import type { World } from "../core/world.ts";
import { pathText } from "../preview/difference.ts";
import { holdsUnknown } from "../preview/marks.ts";
import type { Observed, State } from "../preview/step.ts";
import type { Settings } from "../stack/settings.ts";
import { type Asking, asking, type Identity } from "./asking.ts";
import { type Foreign, type ForeignField, fieldAt, foreignFields, type LiveObject } from "./field-owners.ts";

/** What others have set in an object of a plan. */
export interface Touched {
  readonly live: LiveObject;
  /** What the program says of it. */
  readonly wanted: State["inputs"];
  readonly additions: readonly ForeignField[];
  /** Those that an update by the program would put back, with what it would put there. */
  readonly edits: readonly (ForeignField & { readonly instead: unknown })[];
  /** All of them, also those that already are as the program says. */
  readonly hands: readonly ForeignField["by"][];
}

export interface Touches {
  /** By URN; an object that nobody has touched is not there. */
  readonly found: ReadonlyMap<string, Touched>;
  /** Why a part of them could not be looked at; empty where all were. */
  readonly trouble: string;
}

interface Wanted {
  readonly urn: string;
  readonly inputs: State["inputs"];
  readonly identity: Identity;
}

/**
 * Asks the cluster for every object of a plan, and for who has set which of its fields. The engine's own look at the world misses two
 * things (https://github.com/pulumi/pulumi-kubernetes/issues/2404): fields that the program does not name, and elements behind the
 * last one of a list, be it a rule of a network policy or of a role.
 *
 * What would be so again the moment it is put back (a default that somebody's tool wrote out) is none of it: the API server is asked
 * that in a dry run. What could not be asked is told in `trouble`.
 */
export async function readTouches(world: World, settings: Settings, observed: Observed): Promise<Touches> {
  const wanted = wantedOf(observed);
  if (wanted.length === 0) return { found: new Map(), trouble: "" };
  const ask = await asking(world, settings);
  const { objects, said } = await ask.get(wanted.map(({ identity }) => identity));
  const byIdentity = new Map(objects.map((live) => [identityOf(live), live]));
  const found = new Map<string, Touched>();
  for (const { urn, inputs, identity } of wanted) {
    const live = byIdentity.get(identityOf(identity));
    if (!live) continue;
    const foreign = foreignFields(live, inputs, isOurs);
    const hands = [...foreign.additions, ...foreign.edits].map(({ by }) => by);
    if (hands.length === 0) continue;
    const additions = await lasting(ask, live, foreign.additions);
    const edits = await differing(ask, inputs, foreign.edits);
    found.set(urn, { live, wanted: inputs, additions, edits, hands });
  }
  return { found, trouble: said };
}

/**
 * Makes objects what the program says of them, one after the other: what was added goes, what was edited is applied again under the
 * program's own name.
 *
 * @returns how many objects were put back
 * @throws UPDATE_FAILED that names those which were not; the others are
 */
export async function putBack(
  world: World,
  settings: Settings,
  { found }: Touches,
  report: (line: string) => void,
): Promise<number> {
  const ask = await asking(world, settings);
  const failed: string[] = [];
  let done = 0;
  for (const { live, wanted, additions, edits } of found.values()) {
    if (additions.length + edits.length === 0) continue;
    const name = `${live.kind} ${live.metadata.name}`;
    const fields = [...additions, ...edits].map(({ at }) => pathText(at)).join(", ");
    report(`putting back ${name}: ${fields}`);
    const answers = [
      ...(additions.length > 0 ? [await ask.without(live, additions, [])] : []),
      ...(edits.length > 0 ? [await ask.apply(wanted, [])] : []),
    ];
    const said = answers.filter(({ object }) => object === undefined).map((answer) => answer.said);
    if (said.length === 0) done += 1;
    else failed.push(`  ${name} (${fields}): ${said.join("; ")}`);
  }
  if (failed.length === 0) return done;
  throw new GoliveError(
    "UPDATE_FAILED",
    [`what others have set in stack "${settings.stack}" could not be put back`, ...failed].join("\n"),
    "Look at these objects with `golive kubectl`, then run the same command again.",
  );
}

/** The name that server-side apply knows the program by; before it had one, the provider made names up. */
const isOurs = (manager: string) => manager === fieldManager || manager.startsWith("pulumi-kubernetes");

function wantedOf({ steps }: Observed): Wanted[] {
  const seen = new Map<string, Wanted>();
  for (const { op, urn, new: news } of steps) {
    if ((op !== "same" && op !== "update") || !news) continue;
    const { apiVersion, kind, metadata } = news.inputs as Partial<LiveObject>;
    const { name, namespace } = (metadata ?? {}) as { name?: unknown; namespace?: unknown };
    if (typeof apiVersion !== "string" || typeof kind !== "string" || typeof name !== "string") continue;
    const place = typeof namespace === "string" ? { namespace } : {};
    seen.set(urn, { urn, inputs: news.inputs, identity: { apiVersion, kind, metadata: { name, ...place } } });
  }
  return [...seen.values()];
}

/** Versions of a group are views of one object. */
function identityOf({ apiVersion, kind, metadata: { name, namespace = "" } }: Identity): string {
  const group = apiVersion.includes("/") ? apiVersion.split("/")[0] : "";
  return [group, kind, namespace, name].join("/");
}

const dryRun = ["--dry-run=server"];

/** Those that stay away once they are taken away. Where the server may not be asked, all. */
async function lasting(ask: Asking, live: LiveObject, additions: Foreign["additions"]) {
  if (additions.length === 0) return [];
  const { object } = await ask.without(live, additions, dryRun);
  return object === undefined
    ? additions
    : additions.filter(({ keys, value }) => !isDeepStrictEqual(fieldAt(object, keys), value));
}

/**
 * Those that are other than the program would have them. What is secret or not known yet cannot be asked; there the engine's own
 * comparison has to do.
 */
async function differing(ask: Asking, wanted: State["inputs"], edits: Foreign["edits"]): Promise<Touched["edits"]> {
  if (edits.length === 0 || holdsSecret(wanted) || holdsUnknown(wanted)) return [];
  const { object } = await ask.apply(wanted, dryRun);
  return edits.flatMap((edit) => {
    const instead = fieldAt(object ?? wanted, edit.keys);
    return isDeepStrictEqual(instead, edit.value) ? [] : [{ ...edit, instead }];
  });
}
