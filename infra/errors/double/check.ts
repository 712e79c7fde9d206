import type { Field, Fields, Shape } from "./shape.ts";
import { isRecord, isUnknown, type Properties, type Value } from "./values.ts";

export interface Failure {
  /** As in `actionFilters[0].logicType`. */
  readonly property: string;
  readonly reason: string;
}

/** Everything that is wrong with the inputs; what is to be known later passes. */
export function checkInputs(inputs: Properties, fields: Fields): Failure[] {
  return [...checkFields(inputs, fields, "")];
}

function* checkFields(value: Properties, fields: Fields, path: string): Generator<Failure> {
  for (const [name, { required }] of Object.entries(fields))
    if (required && (value[name] === undefined || value[name] === null))
      yield { property: path + name, reason: `missing required property "${path}${name}"` };
  for (const [name, inner] of Object.entries(value)) {
    const field: Field | undefined = fields[name];
    if (!field) yield { property: path + name, reason: `unknown property "${path}${name}"` };
    else yield* checkValue(inner, field.shape, path + name);
  }
}

function* checkValue(value: Value, shape: Shape, path: string): Generator<Failure> {
  if (value === null || isUnknown(value)) return;
  switch (shape.kind) {
    case "list":
      if (!Array.isArray(value)) yield wrong(value, "a list", path);
      else for (const [index, item] of value.entries()) yield* checkValue(item, shape.of, `${path}[${index}]`);
      return;
    case "map":
      if (!isRecord(value)) yield wrong(value, "a map", path);
      else for (const [key, item] of Object.entries(value)) yield* checkValue(item, shape.of, `${path}.${key}`);
      return;
    case "object":
      if (!isRecord(value)) yield wrong(value, "an object", path);
      else yield* checkFields(value, shape.fields, `${path}.`);
      return;
    default:
      if (!isA(value, shape.kind)) yield wrong(value, `a ${shape.kind}`, path);
  }
}

/** Names the type alone: the value may be a secret. */
function wrong(value: Value, wanted: string, property: string): Failure {
  return {
    property,
    reason: `"${property}" must be ${wanted}, it is ${Array.isArray(value) ? "a list" : typeof value}`,
  };
}

const isA = (value: Value, kind: "string" | "number" | "boolean") => typeof value === String(kind);
