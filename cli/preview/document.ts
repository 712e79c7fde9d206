import { z } from "zod";
import { nothingChanges, type PreviewModel } from "./model.ts";
import { partsOf } from "./step.ts";

const diagnostic = z.strictObject({
  severity: z.enum(["error", "warning"]),
  urn: z.string().describe("empty where it is about the run as a whole"),
  message: z.string(),
});

const change = z.strictObject({
  path: z.string().describe('like `spec.ports[0]["a.b"]`'),
  kind: z.enum(["add", "remove", "change", "order"]).describe("order: the same content in another order"),
  replaces: z.boolean().describe("true when it forces the replacement"),
  before: z.string().optional().describe("as shown: strings are quoted, long ones cut; absent where it is not shown"),
  after: z.string().optional(),
  hidden: z.enum(["secret", "provider"]).optional().describe("why there is no value"),
  lines: z.array(z.string()).optional().describe("of a text of several lines: those that differ, each with its sign"),
});

const row = z.strictObject({
  urn: z.string(),
  type: z.string(),
  name: z.string(),
  op: z.string().describe("the engine's word; the three steps of a replacement are one `replace`"),
  first: z.enum(["delete", "create"]).optional().describe("of a replacement: what comes first"),
  causes: z.array(z.string()).describe("properties that force the replacement"),
  changes: z.array(change),
  more: z.number().describe("properties that change and are not in `changes`"),
  dependents: z.array(z.string()).describe("URNs that are replaced because this one is"),
  notes: z.array(z.string()),
  by: z.array(z.string()).describe("who has set something in it past the program, and when"),
  formerly: z.string().optional().describe("name or URN in the state, where an alias renames it"),
  data: z.string().optional().describe("what would be lost with it"),
  protect: z.boolean(),
  retainOnDelete: z.boolean(),
});

/** The document of `golive preview --json`, field by field. */
export const previewDocument = z.strictObject({
  schema: z.literal(1),
  stack: z.string(),
  source: z.enum(["engine", "digest", "graph"]).describe("graph: a comparison of two graphs without the engine"),
  complete: z.boolean().describe("false: the run failed, and what is here is a part"),
  unchanged: z.boolean().describe("true when nothing would change and the run got far enough to know"),
  changes: z.record(z.string(), z.number()).describe("resources by operation, `same` among them"),
  counts: z.record(z.string(), z.number()).describe("the same as `changes`"),
  same: z.number(),
  notCompared: z
    .number()
    .describe("resources of which what comes from secrets was not compared, since a copy of a state holds none"),
  planned: z.array(z.string()).describe("one line a resource: operation, kind, name"),
  rows: z.array(row).describe("what destroys first"),
  risks: z
    .array(
      z.strictObject({
        urn: z.string(),
        op: z.string(),
        why: z.string(),
        protect: z.boolean(),
        retainOnDelete: z.boolean(),
        allowed: z.boolean().describe("named with --allow"),
      }),
    )
    .describe("replacements and deletions of what holds data or is protected"),
  providers: z.array(z.strictObject({ provider: z.string(), from: z.string(), to: z.string(), resources: z.number() })),
  policies: z.array(
    z.strictObject({
      policy: z.string(),
      resource: z.string(),
      message: z.string(),
      severity: z.enum(["error", "warning"]),
    }),
  ),
  diagnostics: z.array(diagnostic),
  unknownOps: z.array(z.string()),
  needlessAllows: z.array(z.string()),
  about: z.string(),
});

export type PreviewDocument = z.infer<typeof previewDocument>;

/** A preview for programs. */
export function document(model: PreviewModel): PreviewDocument {
  const planned = model.rows.map(({ op, urn }) => {
    const { type, name } = partsOf(urn);
    return [op, type.split(":").at(-1), name].filter(Boolean).join(" ");
  });
  return {
    ...structuredClone(model),
    unchanged: nothingChanges(model),
    changes: { ...model.counts },
    planned,
  } as PreviewDocument;
}
