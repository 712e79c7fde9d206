import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { functions } from "./functions.ts";
import { models } from "./resources/index.ts";
import type { Fields, Shape } from "./shape.ts";

const schemaFile = join(import.meta.dirname, "../../../../shared/sentry-schema.json");
const absent = !existsSync(schemaFile);
const reason = absent ? " (skipped: there is no ../shared/sentry-schema.json beside the repository)" : "";

describe.skipIf(absent)(`the double's shapes and the schema${reason}`, () => {
  const schema = absent ? undefined : (JSON.parse(readFileSync(schemaFile, "utf8")) as Schema);

  test.each(models)("$token", ({ token, inputs, secrets }) => {
    const { inputProperties = {}, requiredInputs = [], properties = {} } = schema?.resources[token] ?? {};
    expect(plain(inputs)).toEqual(expected(inputProperties, requiredInputs));
    expect(secrets).toEqual(Object.keys(properties).filter((name) => properties[name]?.secret));
  });

  test.each(functions)("$token", ({ token, inputs }) => {
    const { properties = {}, required = [] } = schema?.functions[token]?.inputs ?? {};
    expect(plain(inputs)).toEqual(expected(properties, required));
  });

  function expected(properties: Readonly<Record<string, Property>>, required: readonly string[]): object {
    return Object.fromEntries(
      Object.entries(properties).map(([name, one]) => [required.includes(name) ? name : `${name}?`, shapeOf(one)]),
    );
  }

  function shapeOf(one: Property): unknown {
    if (one.items) return [shapeOf(one.items)];
    if (one.additionalProperties) return { "*": shapeOf(one.additionalProperties) };
    if (!one.$ref) return one.type;
    const { properties = {}, required = [] } = schema?.types[one.$ref.replace("#/types/", "")] ?? {};
    return expected(properties, required);
  }
});

interface Property {
  readonly type?: string;
  readonly $ref?: string;
  readonly secret?: boolean;
  readonly items?: Property;
  readonly additionalProperties?: Property;
}
type SchemaProperties = Readonly<Record<string, Property>>;
interface Schema {
  readonly resources: Readonly<
    Record<
      string,
      {
        readonly inputProperties: SchemaProperties;
        readonly requiredInputs: string[];
        readonly properties: SchemaProperties;
      }
    >
  >;
  readonly functions: Readonly<
    Record<string, { readonly inputs: { readonly properties?: SchemaProperties; readonly required?: string[] } }>
  >;
  readonly types: Readonly<Record<string, { readonly properties?: SchemaProperties; readonly required?: string[] }>>;
}

/** The shape in the schema's own terms: it knows no sets. */
function plain(fields: Fields): object {
  return Object.fromEntries(
    Object.entries(fields).map(([name, { shape, required }]) => [required ? name : `${name}?`, plainShape(shape)]),
  );
}

function plainShape(shape: Shape): unknown {
  if (shape.kind === "list") return [plainShape(shape.of)];
  if (shape.kind === "map") return { "*": plainShape(shape.of) };
  return shape.kind === "object" ? plain(shape.fields) : shape.kind;
}
