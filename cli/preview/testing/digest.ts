import { type BuildOptions, previewModel } from "../build.ts";
import type { PreviewModel } from "../model.ts";
import { fromDigest } from "../observe.ts";

type Tree = Record<string, unknown>;

/** A step as `pulumi preview --json` prints it. */
export interface DigestStep {
  op: string;
  urn: string;
  [field: string]: unknown;
}

export const bucketType = "aws:s3/bucket:Bucket";
export const urnOf = (name: string, type = bucketType) => `urn:pulumi:dev::shop::${type}::${name}`;
export const awsProvider = (version: string) => `urn:pulumi:dev::shop::pulumi:providers:aws::default_${version}::id`;

/** An update of a tag; every field can be another one. */
export function step(name: string, changed: Tree & { type?: string } = {}): DigestStep {
  const { type, ...fields } = changed;
  return {
    op: "update",
    urn: urnOf(name, type),
    provider: awsProvider("6_1_0"),
    oldState: { inputs: { tag: "a" }, protect: false },
    newState: { inputs: { tag: "b" } },
    diffReasons: ["tag"],
    replaceReasons: null,
    detailedDiff: { tag: { kind: "update", inputDiff: true } },
    ...fields,
  };
}

export const states = (before: unknown, after: unknown) => ({
  oldState: { inputs: before },
  newState: { inputs: after },
  diffReasons: null,
  detailedDiff: null,
});

/** The three steps of one replacement, deletion last unless it has to be first. */
export function replacement(name: string, fields: Tree & { type?: string } = {}, deleteFirst = false): DigestStep[] {
  const base = { replaceReasons: ["tag"], ...fields };
  const [made, told] = ["create-replacement", "replace"].map((op) => step(name, { ...base, op }));
  const gone = step(name, { ...base, op: "delete-replaced", newState: null });
  if (!made || !told) throw new Error("two steps");
  return deleteFirst ? [gone, told, made] : [made, told, gone];
}

export function digest(steps: readonly DigestStep[], changeSummary?: Record<string, number>, rest: Tree = {}): Tree {
  return { steps, ...(changeSummary ? { changeSummary } : {}), diagnostics: [], ...rest };
}

export function modelOf(document: unknown, options: Partial<BuildOptions> = {}): PreviewModel {
  return previewModel(fromDigest(document), { stack: "dev", source: "digest", complete: true, ...options });
}
