import type { Path } from "../preview/difference.ts";

/** An object as the API server has it, with what it says about who set which field. */
export interface LiveObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly resourceVersion?: string;
    readonly managedFields?: readonly ManagedFields[];
    readonly [more: string]: unknown;
  };
  readonly [more: string]: unknown;
}

export interface ManagedFields {
  readonly manager?: string;
  readonly time?: string;
  /** `status`, `scale`: set beside the object itself. */
  readonly subresource?: string;
  readonly fieldsV1?: FieldSet;
}

/** Keys `f:<name>`, `k:<the keys of a list's element, as JSON>`, `v:<an element, as JSON>`, `i:<index>`; `.` is the thing itself. */
interface FieldSet {
  readonly [key: string]: FieldSet;
}

/** A place in an object, as the API server names places: elements of lists by what they are, not by where they stand. */
type Keys = readonly string[];

/** Stands for the place of an element in a list that does not hold it. */
export const nowhere = -1;

/** A field that somebody else has set. */
export interface ForeignField {
  readonly keys: Keys;
  /** Where it is in the live object. */
  readonly at: Path;
  /** Where it would be in what the program says: elements of lists have other places there, or none. */
  readonly beside: Path;
  readonly value: unknown;
  readonly by: Hand;
}

/** Whoever set a field, as the API server noted it. */
export interface Hand {
  /** `kubectl-edit`. */
  readonly manager: string;
  /** ISO 8601; empty where it was not noted. */
  readonly time: string;
}

export interface Foreign {
  /** The program does not name them: no update takes them away. */
  readonly additions: readonly ForeignField[];
  /** The program names them, and somebody else has set them last. */
  readonly edits: readonly ForeignField[];
}

/**
 * What others have set in an object of the program's. With server-side apply a field that the program does not name stays whoever's it
 * is: no comparison of the program with its state shows it, and no update takes it away. The API server writes down who set what
 * (https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management), and that tells.
 *
 * @param live with its managedFields
 * @param wanted what the program says of it
 * @param isOurs true for the names under which the program applies
 */
export function foreignFields(live: LiveObject, wanted: unknown, isOurs: (manager: string) => boolean): Foreign {
  const entries = (live.metadata.managedFields ?? []).filter(({ subresource }) => subresource !== "status");
  const ours = entries.filter(({ manager = "" }) => isOurs(manager)).map(({ fieldsV1 = {} }) => fieldsV1);
  const found = { additions: new Map<string, ForeignField>(), edits: new Map<string, ForeignField>() };
  for (const { manager = "unknown", time = "", fieldsV1 = {} } of entries) {
    if (isOurs(manager)) continue;
    for (const { sort, ...field } of walk(fieldsV1, ours, { live, wanted, keys: [], at: [], beside: [] })) {
      if (isSystems(live.kind, field.at)) continue;
      found[sort].set(field.keys.join(), { ...field, by: { manager, time } });
    }
  }
  return { additions: [...found.additions.values()], edits: [...found.edits.values()] };
}

/** What stands at a place; undefined where nothing does. */
export const fieldAt = (object: unknown, keys: Keys): unknown =>
  keys.reduce<unknown>((value, key) => memberOf(value, key)?.value, object);

interface Place {
  readonly live: unknown;
  readonly wanted: unknown;
  readonly keys: Keys;
  readonly at: Path;
  readonly beside: Path;
}

interface Walked extends Omit<ForeignField, "by"> {
  readonly sort: keyof Foreign;
}

function walk(fields: FieldSet, ours: readonly FieldSet[], place: Place): Walked[] {
  return Object.entries(fields).flatMap(([key, inner]): Walked[] => {
    const live = memberOf(place.live, key);
    // A note about a field that is gone, the thing itself, or what no program writes.
    if (key === "." || live === undefined || isUnwritten(place.at, live.key)) return [];
    const wanted = memberOf(place.wanted, key);
    const next: Place = {
      live: live.value,
      wanted: wanted?.value,
      keys: [...place.keys, key],
      at: [...place.at, live.key],
      beside: [...place.beside, wanted?.key ?? endOf(live.key)],
    };
    const owned = ours.flatMap((set) => set[key] ?? []);
    const field = { keys: next.keys, at: next.at, beside: next.beside, value: live.value };
    // People and the system write into the same metadata: each is looked at by itself, also where the program has none.
    if (owned.length === 0 && wanted === undefined && !/^f:(metadata|annotations)$/.test(key))
      return [{ sort: "additions", ...field }];
    const isLeaf = Object.keys(inner).every((name) => name === ".");
    if (!isLeaf) return walk(inner, owned, next);
    return owned.length === 0 ? [{ sort: "edits", ...field }] : [];
  });
}

/** An element that is not in a list has no place in it. */
const endOf = (key: string | number) => (typeof key === "number" ? nowhere : key);

function memberOf(value: unknown, key: string): { key: string | number; value: unknown } | undefined {
  const [mark, name] = [key.slice(0, 2), key.slice(2)];
  if (mark === "f:") {
    const member = isTree(value) ? value[name] : undefined;
    return member === undefined ? undefined : { key: name, value: member };
  }
  if (!Array.isArray(value)) return undefined;
  const at = mark === "i:" ? Number(name) : value.findIndex((element) => isElement(element, mark, JSON.parse(name)));
  return at < 0 || at >= value.length ? undefined : { key: at, value: value[at] as unknown };
}

/** What the element leaves to the API server's defaults (the protocol of a port) distinguishes it from nothing. */
function isElement(element: unknown, mark: string, key: unknown): boolean {
  if (mark === "v:") return JSON.stringify(element) === JSON.stringify(key);
  if (!isTree(element) || !isTree(key)) return false;
  const names = Object.keys(key).filter((name) => element[name] !== undefined);
  return names.length > 0 && names.every((name) => JSON.stringify(element[name]) === JSON.stringify(key[name]));
}

/** Of the metadata only labels and annotations are written by people; the rest is the API server's and the garbage collector's. */
function isUnwritten(at: Path, key: string | number): boolean {
  if (at.length === 0) return ["status", "apiVersion", "kind"].includes(String(key));
  return at.length === 1 && at[0] === "metadata" && key !== "labels" && key !== "annotations";
}

/** What Kubernetes and the operators fill in by themselves, by kind and place. */
const filledIn: readonly { kind: RegExp; path: RegExp }[] = [
  // The volume that was bound to a claim.
  { kind: /^PersistentVolumeClaim$/, path: /^spec\.volumeName$/ },
  // Who may ask a webhook: the operator that serves it puts its own certificate there.
  { kind: /WebhookConfiguration$/, path: /^webhooks\.\d+\.clientConfig\.caBundle$/ },
  { kind: /^CustomResourceDefinition$/, path: /^spec\.conversion\./ },
  // Book-keeping of controllers, and the moment of a `kubectl rollout restart`: an act, not a setting.
  { kind: /./, path: /(^|\.)metadata\.annotations\.([\w-]+\.)*(kubernetes|k8s)\.io\// },
  { kind: /./, path: /^metadata\.annotations\.pulumi\.com\// },
];

const isSystems = (kind: string, at: Path): boolean =>
  filledIn.some((one) => one.kind.test(kind) && one.path.test(at.join(".")));

const isTree = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value);
