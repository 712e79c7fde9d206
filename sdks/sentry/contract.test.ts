import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import * as sentry from "./index.ts";

/** Shape of the provider as the bridge shows it. It is no part of the repository, so it may be absent. */
const schemaFile = join(import.meta.dirname, "../../../shared/sentry-schema.json");
const absent = !existsSync(schemaFile);
const reason = absent ? " (skipped: there is no ../shared/sentry-schema.json beside the repository)" : "";

interface Property {
  readonly type?: string;
  readonly $ref?: string;
  readonly items?: Property;
  readonly additionalProperties?: Property;
  readonly secret?: boolean;
}
interface ObjectType {
  readonly properties?: Readonly<Record<string, Property>>;
  readonly required?: readonly string[];
}
interface Schema {
  readonly provider: { readonly inputProperties: Readonly<Record<string, Property>> };
  readonly resources: Readonly<
    Record<
      string,
      ObjectType & {
        readonly inputProperties: Readonly<Record<string, Property>>;
        readonly requiredInputs: readonly string[];
      }
    >
  >;
  readonly functions: Readonly<Record<string, { readonly inputs: ObjectType; readonly outputs: ObjectType }>>;
  readonly types: Readonly<Record<string, ObjectType>>;
}

const schema = absent ? undefined : (JSON.parse(readFileSync(schemaFile, "utf8")) as Schema);
const classes = Object.values(sentry).filter((one) => typeof one === "function" && "__pulumiType" in one);
const functions = Object.keys(sentry).filter((name) => name.endsWith("Output"));

describe.skipIf(absent)(`the bindings and the schema${reason}`, () => {
  const declared = read(import.meta.dirname);
  const { resources, functions: calls, types, provider } = schema ?? ({} as Schema);

  test.each(classes.filter(({ name }) => name !== "Provider").map(({ name }) => name))("resource %s", (name) => {
    const token = `sentry:index/${lower(name)}:${name}`;
    const shape = resources[token];
    if (!shape) throw new Error(`the schema has no ${token}`);
    expect(declared.tokens[name]).toBe(token);
    expect(declared.members[`${name}Args`]).toEqual(
      fields(shape.inputProperties, shape.requiredInputs, (one) => inputType(one, "inputs.")),
    );
    expect(declared.members[name]).toEqual(
      Object.fromEntries(
        Object.entries(shape.properties ?? {}).map(([key, one]) => {
          const type = outputType(one, "outputs.");
          return [key, squeezed(`pulumi.Output<${shape.required?.includes(key) ? type : `${type} | undefined`}>`)];
        }),
      ),
    );
    expect(declared.tables[name]?.["required"]).toEqual(shape.requiredInputs);
    expect(declared.tables[name]?.["properties"]).toEqual(Object.keys(shape.properties ?? {}));
  });

  test("the provider", () => {
    expect(declared.members["ProviderArgs"]).toEqual(fields(provider.inputProperties, [], (one) => inputType(one, "")));
  });

  test.each(functions)("function %s", (name) => {
    const base = name.replace(/Output$/, "");
    const shape = calls[`sentry:index/${base}:${base}`];
    if (!shape) throw new Error(`the schema has no function ${base}`);
    const { properties = {}, required = [] } = shape.inputs;
    expect(declared.members[`${upper(name)}Args`]).toEqual(fields(properties, required, (one) => inputType(one, "")));
    const outputs = shape.outputs;
    expect(declared.members[`${upper(base)}Result`]).toEqual(
      fields(outputs.properties ?? {}, outputs.required ?? [], (one) => outputType(one, "outputs.")),
    );
  });

  test.each(["input", "output"] as const)("types of %ss, all that the resources in use reach and no other", (kind) => {
    const render = kind === "input" ? inputType : outputType;
    const reached = new Set<string>();
    const roots = classes.flatMap(({ name }) => {
      const shape = resources[`sentry:index/${lower(name)}:${name}`];
      return Object.values((kind === "input" ? shape?.inputProperties : shape?.properties) ?? {});
    });
    if (kind === "output")
      for (const name of functions.map((one) => one.replace(/Output$/, "")))
        roots.push(...Object.values(calls[`sentry:index/${name}:${name}`]?.outputs.properties ?? {}));
    for (const root of roots) reach(root, types, reached);
    const seen = read(join(import.meta.dirname, "types", kind));
    expect(Object.keys(seen.members).sort()).toEqual([...reached].sort());
    for (const name of reached) {
      const { properties = {}, required = [] } = types[`sentry:index/${name}:${name}`] ?? {};
      expect(seen.members[name], name).toEqual(fields(properties, required, (one) => render(one, "")));
    }
  });

  test("outputs that the schema calls secret are secret in the bindings", () => {
    for (const { name } of classes.filter((one) => one.name !== "Provider")) {
      const secrets = Object.entries(resources[`sentry:index/${lower(name)}:${name}`]?.properties ?? {})
        .filter(([, one]) => one.secret)
        .map(([key]) => key);
      const file = readFileSync(join(import.meta.dirname, `${kebab(name)}.ts`), "utf8");
      const given = file.match(/withDefaults\(opts, (\[[^\]]*\])\)/)?.[1] ?? "[]";
      expect(JSON.parse(given), name).toEqual(secrets);
    }
  });
});

/** Members in the way that `read` writes them: `name?` for those that may be left out. */
function fields(
  properties: Readonly<Record<string, Property>>,
  required: readonly string[],
  type: (one: Property) => string,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, one]) => [required.includes(name) ? name : `${name}?`, squeezed(type(one))]),
  );
}

function inputType(one: Property, space: string): string {
  if (one.$ref) return `pulumi.Input<${space}${typeName(one.$ref)}>`;
  if (one.items) return `pulumi.Input<${inputType(one.items, space)}[]>`;
  if (one.additionalProperties) return `pulumi.Input<{[key: string]: ${inputType(one.additionalProperties, space)}}>`;
  return `pulumi.Input<${one.type}>`;
}

function outputType(one: Property, space: string): string {
  if (one.$ref) return `${space}${typeName(one.$ref)}`;
  if (one.items) return `${outputType(one.items, space)}[]`;
  if (one.additionalProperties) return `{[key: string]: ${outputType(one.additionalProperties, space)}}`;
  return String(one.type);
}

function reach(one: Property, types: Schema["types"], reached: Set<string>): void {
  const name = one.$ref ? typeName(one.$ref) : undefined;
  if (name !== undefined && !reached.has(name)) {
    reached.add(name);
    for (const inner of Object.values(types[`sentry:index/${name}:${name}`]?.properties ?? {}))
      reach(inner, types, reached);
  }
  for (const inner of [one.items, one.additionalProperties]) if (inner) reach(inner, types, reached);
}

/** What the sources in a folder declare: members of classes and interfaces, tokens, tables of names. */
function read(folder: string) {
  const members: Record<string, Record<string, string>> = {};
  const tokens: Record<string, string> = {};
  const tables: Record<string, Record<string, readonly string[]>> = {};
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))) {
    const source = ts.createSourceFile(file, readFileSync(join(folder, file), "utf8"), ts.ScriptTarget.Latest, true);
    const fileTables: Record<string, readonly string[]> = {};
    for (const statement of source.statements) {
      if (ts.isInterfaceDeclaration(statement)) members[statement.name.text] = membersOf(statement.members);
      // An object without fields: `{}` in the schema.
      if (ts.isTypeAliasDeclaration(statement)) members[statement.name.text] = {};
      if (ts.isVariableStatement(statement)) Object.assign(fileTables, tablesOf(statement));
      if (ts.isClassDeclaration(statement) && statement.name) {
        members[statement.name.text] = membersOf(statement.members);
        tables[statement.name.text] = fileTables;
        const token = statement.getText().match(/__pulumiType = "([^"]+)"/)?.[1];
        if (token) tokens[statement.name.text] = token;
      }
    }
  }
  return { members, tokens, tables };
}

function membersOf(nodes: ts.NodeArray<ts.Node>): Record<string, string> {
  const properties = nodes.filter((node) => ts.isPropertySignature(node) || ts.isPropertyDeclaration(node));
  return Object.fromEntries(
    properties.flatMap((node) =>
      node.type ? [[node.name.getText() + (node.questionToken ? "?" : ""), squeezed(node.type.getText())]] : [],
    ),
  );
}

function tablesOf(statement: ts.VariableStatement): Record<string, readonly string[]> {
  const found: Record<string, readonly string[]> = {};
  for (const { name, initializer } of statement.declarationList.declarations) {
    const list = initializer?.getText().match(/^\[([\s\S]*)\] as const/)?.[1];
    if (list !== undefined) found[name.getText()] = [...list.matchAll(/"([^"]+)"/g)].map(([, one = ""]) => one);
  }
  return found;
}

const squeezed = (type: string) => type.replaceAll(/[\s;]+/g, "");
const typeName = (ref: string) => ref.split(":").at(-1) ?? "";
const lower = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);
const upper = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
const kebab = (name: string) => lower(name).replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
