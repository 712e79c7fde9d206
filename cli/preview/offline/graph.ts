import { createHash } from "node:crypto";
import { isSecret, secretMark } from "@golive/infra/policies/secret-mark.ts";

/** A resource as a program asks for it. */
export interface Asked {
  readonly type: string;
  readonly name: string;
  /** URN; empty where there is none. */
  readonly parent: string;
  readonly inputs: unknown;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
}

export interface GraphResource {
  readonly urn: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
}

export interface Graph {
  readonly resources: readonly GraphResource[];
}

/** The graph of a program, in the order of URNs. Secrets leave as digests: two graphs can be compared, and none is in a file. */
export function graphOf(stack: string, asked: readonly Asked[]): GraphResource[] {
  const found = asked
    .filter(({ type }) => type !== "pulumi:pulumi:Stack")
    .map(({ type, name, parent, inputs, protect, retainOnDelete }) => ({
      urn: urnOf(stack, type, name, parent),
      inputs: sealed(inputs) as Record<string, unknown>,
      protect,
      retainOnDelete,
    }));
  return found.sort((a, b) => (a.urn < b.urn ? -1 : a.urn > b.urn ? 1 : 0));
}

function urnOf(stack: string, type: string, name: string, parent: string): string {
  const above = parent.split("::")[2] ?? "";
  const types = above === "" || above === "pulumi:pulumi:Stack" ? type : `${above}$${type}`;
  return `urn:pulumi:${stack}::golive::${types}::${name}`;
}

function sealed(value: unknown): unknown {
  if (isSecret(value)) return secretMark(createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16));
  if (Array.isArray(value)) return value.map(sealed);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, sealed(inner)]));
}
