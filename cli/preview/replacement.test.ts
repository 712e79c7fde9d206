import { expect, test } from "vitest";
import { z } from "zod";
import { document, previewDocument } from "./document.ts";
import { markdown } from "./markdown.ts";
import type { PolicyHook } from "./step.ts";
import { digest, modelOf, replacement, states, step, urnOf } from "./testing/digest.ts";
import { text } from "./text.ts";
import { verdict } from "./verdict.ts";

const database = "aws:rds/instance:Instance";

test("PD-04: the three steps of a replacement are one row, counted once, with its cause", () => {
  const model = modelOf(digest(replacement("logs"), { replace: 1 }));
  expect(model.counts).toEqual({ replace: 1 });
  expect(model.rows).toHaveLength(1);
  expect(model.rows[0]).toMatchObject({ op: "replace", first: "create", causes: ["tag"] });
  expect(model.rows[0]?.changes).toEqual([
    { path: "tag", kind: "change", replaces: true, before: '"a"', after: '"b"' },
  ]);
  expect(model.diagnostics).toEqual([]);
  expect(markdown(model)).toContain("| 🔁 **replace (create first)** | `aws:s3/bucket:Bucket` | `logs` ⚠ data");
  expect(markdown(model)).toContain('**`tag`**: `"a"` → `"b"`');
});

test("PD-04: a database that is deleted first says so, and names the two that go with it", () => {
  const gone = (name: string) => step(name, { op: "delete-replaced", newState: null });
  const steps = [
    gone("reader"),
    gone("writer"),
    ...replacement("db", { type: database }, true),
    ...["writer", "reader"].flatMap((name) => replacement(name).filter(({ op }) => op !== "delete-replaced")),
  ];
  const model = modelOf(digest(steps, { replace: 3 }));
  expect(model.counts).toEqual({ replace: 3 });
  expect(model.rows.find(({ name }) => name === "db")).toMatchObject({
    first: "delete",
    dependents: [urnOf("reader"), urnOf("writer")],
  });
  const [first] = markdown(model)
    .split("\n")
    .filter((line) => line.includes("`db`"));
  expect(first).toContain("**replace (delete first)**");
  expect(first).toContain("takes with it `reader`, `writer`");
});

test("PD-04: dependencies that the state tells of are believed as well", () => {
  const needs = { oldState: { inputs: { tag: "a" }, dependencies: [urnOf("db", database)] } };
  const steps = [...replacement("db", { type: database }), ...replacement("reader", needs)];
  expect(modelOf(digest(steps)).rows.find(({ name }) => name === "db")?.dependents).toEqual([urnOf("reader")]);
});

test("PD-04: a copy that an earlier run left behind is no deletion of the resource, and is not counted", () => {
  const steps = [step("logs", { op: "delete-replaced", newState: null }), step("logs", { op: "same" })];
  const alone = modelOf(digest([step("logs", { op: "delete-replaced", newState: null })], {}));
  expect(alone.rows[0]).toMatchObject({
    op: "delete-replaced",
    notes: ["left behind by a replacement that did not end"],
  });
  expect(alone.counts).toEqual({});
  expect(alone.diagnostics).toEqual([]);
  expect(text(alone)).toContain("delete the old copy");
  expect(modelOf(digest(steps, { same: 1 })).diagnostics).toEqual([]);
});

test("PD-04: a protected resource is in danger whatever its type, and a kept one is named as kept", () => {
  const held = (fields: object) => ({ oldState: { inputs: { tag: "a" }, ...fields }, newState: null });
  const steps = [
    step("alarm", { op: "delete", type: "aws:sns/topic:Topic", ...held({ protect: true }) }),
    step("kept", { op: "delete", ...held({ retainOnDelete: true }) }),
    step("plain", { op: "delete", type: "aws:sns/topic:Topic", ...held({}) }),
  ];
  const model = modelOf(digest(steps, { delete: 3 }));
  expect(model.risks.map(({ urn }) => urn)).toEqual([urnOf("kept"), urnOf("alarm", "aws:sns/topic:Topic")]);
  const page = markdown(model);
  expect(page).toContain("protected: the engine refuses");
  expect(page).toContain("retainOnDelete: the thing itself stays, the stack loses it");
  expect(verdict(model)).toMatchObject({ code: "DATA_AT_RISK" });
});

test("PD-04: keys that force a replacement although no property differs are shown as the cause", () => {
  const same = {
    oldState: { inputs: { tag: "a" } },
    newState: { inputs: { tag: "a" } },
    detailedDiff: null,
    diffReasons: [],
  };
  const model = modelOf(digest(replacement("logs", { ...same, replaceReasons: ["region"] }), { replace: 1 }));
  expect(model.rows[0]).toMatchObject({ causes: ["region"], changes: [{ path: "region", replaces: true }] });
});

test("PD-04: read, refresh, import and discard have rows of their own in the documented order", () => {
  const ops = ["read", "refresh", "import", "discard", "create", "update", "delete"];
  const steps = ops.map((op) => step(op, { op, ...(op === "delete" ? { newState: null } : {}) }));
  const model = modelOf(digest(steps, { read: 1, import: 1, discard: 1, create: 1, update: 1, delete: 1 }));
  expect(model.rows.map(({ op }) => op)).toEqual([
    "delete",
    "discard",
    "import",
    "update",
    "create",
    "read",
    "refresh",
  ]);
  expect(model.diagnostics).toEqual([]);
  expect(model.unknownOps).toEqual([]);
});

test("PD-04: an operation that nobody knows is shown raw, and fails only under --strict", () => {
  const model = modelOf(digest([step("logs", { op: "teleport" })], { teleport: 1 }));
  expect(model.rows[0]?.op).toBe("teleport");
  expect(markdown(model)).toContain("| `teleport` |");
  expect(text(model)).toContain("? teleport");
  expect(verdict(model)).toBeUndefined();
  expect(verdict(model, { strict: true })).toMatchObject({ code: "PREVIEW_FAILED" });
});

test("PD-04: counts that are not those of the engine are said, not hidden", () => {
  const model = modelOf(digest([step("logs")], { update: 2 }));
  expect(model.diagnostics).toMatchObject([
    { severity: "warning", message: expect.stringContaining("update: 2 counted, 1 shown") },
  ]);
});

test("a stateful set without claims, and a Secret, hold no data; one with claims, a volume, a key and a database do", () => {
  const gone = (type: string, inputs: object = {}) =>
    step("it", { type, op: "delete", oldState: { inputs }, newState: null });
  const risky = (one: ReturnType<typeof gone>) => modelOf(digest([one])).risks.length === 1;
  expect(risky(gone("kubernetes:apps/v1:StatefulSet", { spec: {} }))).toBe(false);
  expect(risky(gone("kubernetes:apps/v1:StatefulSet", { spec: { volumeClaimTemplates: [{}] } }))).toBe(true);
  expect(risky(gone("kubernetes:core/v1:Secret"))).toBe(false);
  for (const type of [
    "kubernetes:core/v1:PersistentVolumeClaim",
    "kubernetes:postgresql.cnpg.io/v1:Cluster",
    "kubernetes:barmancloud.cnpg.io/v1:ObjectStore",
    "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
    "aws:kms/key:Key",
    "aws:s3/bucket:Bucket",
  ])
    expect(risky(gone(type)), type).toBe(true);
});

test("an --allow takes the danger away from what it names, and one that names nothing in danger is told", () => {
  const steps = [step("logs", { op: "delete", newState: null })];
  expect(verdict(modelOf(digest(steps), { allow: [urnOf("logs")] }))).toBeUndefined();
  const needless = modelOf(digest(steps), { allow: [urnOf("logs"), urnOf("other")] });
  expect(needless.needlessAllows).toEqual([urnOf("other")]);
  expect(verdict(needless)).toBeUndefined();
  expect(verdict(needless, { strict: true })).toMatchObject({ code: "PREVIEW_FAILED" });
});

test("a failed preview is worse than data in danger, since it says nothing of the rest", () => {
  const failing = digest([step("logs", { op: "delete", newState: null })], undefined, {
    diagnostics: [{ severity: "error", message: "access denied", urn: urnOf("logs") }],
  });
  expect(verdict(modelOf(failing))).toMatchObject({ code: "PREVIEW_FAILED" });
});

test("the document for programs is what its description says, for every case of this file", () => {
  for (const steps of [
    replacement("a"),
    [step("b", { op: "delete", newState: null })],
    [step("c", states({}, { x: "1\n2" }))],
  ])
    expect(() => previewDocument.parse(document(modelOf(digest(steps))))).not.toThrow();
});

test("a policy hook sees every step with its inputs; its warning is shown, its error makes the preview fail", () => {
  const hook =
    (severity: "error" | "warning"): PolicyHook =>
    (steps) =>
      steps
        .filter(({ new: after }) => after?.inputs["tag"] === "b")
        .map(({ urn }) => ({ policy: "tags", resource: urn, message: "b is no tag", severity }));
  const of = (severity: "error" | "warning") => modelOf(digest([step("logs")]), { policyHooks: [hook(severity)] });
  expect(markdown(of("warning"))).toContain("| ⚠ warning | `tags` | `logs` | `b is no tag` |");
  expect(text(of("warning"))).toContain("! warning: policy tags: logs: b is no tag");
  expect(verdict(of("warning"))).toBeUndefined();
  expect(verdict(of("error"))).toMatchObject({ code: "PREVIEW_FAILED" });
});

test("the published schema is that of the document", async () => {
  const schema = `${JSON.stringify(z.toJSONSchema(previewDocument), undefined, 2)}\n`;
  await expect(schema).toMatchFileSnapshot("preview.schema.json");
});
