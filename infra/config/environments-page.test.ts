import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { platformSchema, secretKeys } from "./schema.ts";

/** The page that lists every key says what the schema says, row by row. */

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly allowed?: string;
  readonly description?: string;
  readonly default?: unknown;
}

const page = readFileSync(join(import.meta.dirname, "../../runbooks/platform/environments.md"), "utf8");

/** Rows of the tables whose first cell is code, without their ends. */
const rows = [...page.matchAll(/^\| (`[^|]*`) \| (.*) \|$/gm)].map(([, key, rest]) => `${key} | ${rest}`);

function keysOf(schema: Schema, path: readonly string[] = [], optional = false): string[] {
  const { properties = {}, required = [] } = schema;
  return Object.entries(properties).flatMap(([name, inner]) => {
    const at = [...path, name];
    if (inner.properties)
      return keysOf(inner, at, optional || (!required.includes(name) && inner.default === undefined));
    return [
      `\`${at.join(".")}\` | ${inner.allowed} | ${defaultOf(inner, required.includes(name), optional)} | ${inner.description}`,
    ];
  });
}

function defaultOf(schema: Schema, required: boolean, optional: boolean): string {
  if (schema.default !== undefined)
    return `\`${typeof schema.default === "string" ? schema.default : JSON.stringify(schema.default)}\``;
  if (!required) return "none";
  return optional ? "required¹" : "**required**";
}

test("every key of the schema has its row, with what may stand there, its default and what it is for", () => {
  const schema = z.toJSONSchema(platformSchema, { io: "input", unrepresentable: "any" }) as Schema;
  const keys = keysOf(schema);
  expect(keys.length).toBeGreaterThan(100);
  expect(rows).toEqual(expect.arrayContaining(keys));
  const known = new Set(keys.map((row) => row.split(" | ")[0]));
  const others = rows.map((row) => row.split(" | ")[0] ?? "").filter((key) => /^`[a-z][A-Za-z.]*`$/.test(key));
  expect(others.filter((key) => !known.has(key))).toEqual([]);
});

test("every secret has its row", () => {
  const secrets = Object.entries(secretKeys).map(
    ([name, about]) => `\`golive:${name}\` | ${about.split(": pulumi")[0]}`,
  );
  expect(rows).toEqual(expect.arrayContaining(secrets));
});
