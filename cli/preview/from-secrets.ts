import { isSecret } from "@golive/infra/policies/secret-mark.ts";
import type { Program } from "../stack/engine.ts";
import { differences, type Path, pathText } from "./difference.ts";
import { partsOf, type Step } from "./step.ts";

/** By type and name of a resource: paths of its inputs that are secret, or made of a secret. */
export type FromSecrets = ReadonlyMap<string, readonly string[]>;

/**
 * What of a program comes from its secrets: what is marked so, and what is another with other secrets (a hash that restarts pods, a
 * public key, a name that holds a hash).
 *
 * @param one steps of a preview of a program
 * @param other steps of a preview of the same program with other secrets
 */
export function fromSecrets(one: readonly Step[], other: readonly Step[]): FromSecrets {
  const others = new Map(other.map((step) => [step.urn, step]));
  const found = new Map<string, readonly string[]>();
  for (const { urn, new: state } of one) {
    if (!state) continue;
    const { type, name } = partsOf(urn);
    if (type === "kubernetes:core/v1:Secret") {
      // The provider turns one into the other, and a state holds the whole of it as one secret.
      found.set(keyOf({ type, name }), ["data", "stringData"]);
      continue;
    }
    const differing = differences(state.inputs, others.get(urn)?.new?.inputs ?? {}).map(({ path }) => path);
    const paths = new Set([...secretPaths(state.inputs), ...differing].map(pathText));
    if (paths.size > 0) found.set(keyOf({ type, name }), [...paths].sort());
  }
  return found;
}

function secretPaths(value: unknown, path: Path = []): Path[] {
  if (isSecret(value)) return [path];
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    secretPaths(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

/** The same program, for which what comes from secrets is what the state has of it. */
export function ignoring(program: Program, ignored: () => FromSecrets): Program {
  return async () => {
    // Loaded where a program runs: the SDK takes longer than most commands.
    const { runtime } = await import("@pulumi/pulumi");
    runtime.registerStackTransformation(({ type, name, props, opts }) => {
      const paths = ignored().get(keyOf({ type, name }));
      if (!paths) return undefined;
      return { props, opts: { ...opts, ignoreChanges: [...(opts.ignoreChanges ?? []), ...paths] } };
    });
    return await program();
  };
}

const keyOf = ({ type, name }: { type: string; name: string }) => `${type} ${name}`;
