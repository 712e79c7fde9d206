import type { SentryApi } from "./sentry-api.ts";
import type { Fields, Shape } from "./shape.ts";
import { holdsUnknown, isRecord, type Properties, type Value } from "./values.ts";

export type State = Readonly<Record<string, Value | undefined>>;

/** A resource that exists. Its state holds `id` too, which is what the provider asks for it by. */
export interface Found {
  readonly id: string;
  readonly state: State;
}

/** One kind of resource: its inputs, what they come to, and the calls that make it so. */
export interface ResourceModel {
  readonly token: string;
  readonly inputs: Fields;
  /** Cannot be changed where the resource is: a change makes another one. */
  readonly replaces: readonly string[];
  readonly secrets: readonly string[];
  /** Gets the resource's own name, and something random behind it, where the program gives none. */
  readonly named: boolean;
  /** Values of inputs that were left out. What stands neither there nor here is Sentry's to choose. */
  readonly defaults: Properties;
  /** Left out, these mean "none", and one that somebody set by hand is a difference. */
  readonly none: readonly string[];
  create(api: SentryApi, inputs: Properties): Promise<Found>;
  read(api: SentryApi, id: string, state: Properties): Promise<Found | undefined>;
  update(api: SentryApi, id: string, state: Properties, inputs: Properties): Promise<State>;
  delete(api: SentryApi, id: string, state: Properties): Promise<void>;
}

/** Inputs that differ from what is there. */
export function changedInputs(model: ResourceModel, state: Properties, inputs: Properties): string[] {
  const wanted: Properties = { ...model.defaults, ...inputs };
  return Object.entries(model.inputs)
    .filter(([name, { shape }]) => {
      const value = wanted[name] ?? undefined;
      const there = state[name] ?? undefined;
      if (value === undefined) return model.none.includes(name) && there !== undefined;
      return holdsUnknown(value) || !same(value, there, shape);
    })
    .map(([name]) => name);
}

/** The part of a state that a program would have written. */
export function inputsOf(model: ResourceModel, state: State, written: Properties): Properties {
  const names = Object.keys(model.inputs).filter(
    (name) => name in written || (model.none.includes(name) && state[name] !== undefined),
  );
  return Object.fromEntries(names.flatMap((name) => (state[name] === undefined ? [] : [[name, state[name] as Value]])));
}

/** Equal as far as the shape goes; an empty list is as good as none. */
function same(wanted: Value, there: Value | undefined, shape: Shape): boolean {
  if (there === undefined) return isEmpty(wanted);
  switch (shape.kind) {
    case "list": {
      if (!Array.isArray(wanted) || !Array.isArray(there) || wanted.length !== there.length) return false;
      const [left, right] = shape.set ? [sorted(wanted), sorted(there)] : [wanted, there];
      return left.every((item: Value, index: number) => same(item, right[index], shape.of));
    }
    case "map":
      return JSON.stringify(wanted) === JSON.stringify(there);
    case "object":
      if (!isRecord(wanted) || !isRecord(there)) return false;
      return Object.entries(shape.fields).every(([name, field]) => {
        const [left, right] = [wanted[name] ?? undefined, there[name] ?? undefined];
        if (left === undefined) return shape.partial || right === undefined || isEmpty(right);
        return same(left, right, field.shape);
      });
    default:
      return wanted === there;
  }
}

function sorted(values: readonly Value[]): readonly Value[] {
  return [...values].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function isEmpty(value: Value): boolean {
  return Array.isArray(value) && value.length === 0;
}
