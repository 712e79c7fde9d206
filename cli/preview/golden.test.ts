import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { document } from "./document.ts";
import { markdown } from "./markdown.ts";
import { awsProvider, digest, modelOf, replacement, states, step, urnOf } from "./testing/digest.ts";
import { text } from "./text.ts";

const claim = "kubernetes:core/v1:PersistentVolumeClaim";
const deployment = "kubernetes:apps/v1:Deployment";

/** A plan with something of everything that a reviewer meets. */
const plan = digest(
  [
    ...replacement(
      "postgres",
      {
        type: "kubernetes:postgresql.cnpg.io/v1:Cluster",
        ...states(
          { metadata: { name: "postgres" }, spec: { instances: 2 } },
          { metadata: { name: "pg" }, spec: { instances: 3 } },
        ),
        replaceReasons: ["metadata.name"],
      },
      true,
    ),
    step("old-volume", { type: claim, op: "delete", oldState: { inputs: {}, protect: true }, newState: null }),
    step("gateway", {
      type: deployment,
      ...states(
        {
          spec: {
            replicas: 2,
            containers: [{ name: "gateway", image: "gateway:1", env: [{ name: "A", value: "1" }] }],
          },
        },
        {
          spec: {
            replicas: 3,
            containers: [
              {
                name: "gateway",
                image: "gateway:2",
                env: [
                  { name: "A", value: "1" },
                  { name: "B", value: "2" },
                ],
              },
            ],
          },
        },
      ),
    }),
    step("config", {
      type: "kubernetes:core/v1:ConfigMap",
      ...states({ data: { conf: "a\nb\nc" } }, { data: { conf: "a\nx\nc" } }),
    }),
    ...["one", "two", "three"].map((name) =>
      step(`job-${name}`, { type: "kubernetes:batch/v1:CronJob", ...states({ image: "b:1" }, { image: "b:2" }) }),
    ),
    step("moved", {
      ...states({}, {}),
      oldState: { inputs: {}, provider: awsProvider("6_1_0") },
      newState: { inputs: {}, provider: awsProvider("7_0_0") },
    }),
    step("new", { op: "create", oldState: null }),
    step("calm", { op: "same" }),
  ],
  { replace: 1, delete: 1, update: 6, create: 1, same: 1 },
  { diagnostics: [{ severity: "warning", message: "a field is deprecated", urn: urnOf("gateway", deployment) }] },
);
const model = modelOf(plan, {
  about: "main@41d0e22 → 9f3c1ab",
  policies: [
    {
      policy: "budgets",
      resource: urnOf("gateway", deployment),
      message: "has several pods and no disruption budget",
      severity: "warning",
    },
  ],
});

test.each([
  ["md", markdown(model)],
  ["txt", `${text(model)}\n`],
  ["json", `${JSON.stringify(document(model), undefined, 2)}\n`],
])("a plan with something of everything, as %s", async (ending, page) => {
  await expect(page).toMatchFileSnapshot(`__snapshots__/everything.${ending}`);
});

test("no changes, as text and as Markdown", async () => {
  const calm = modelOf(digest([step("calm", { op: "same" })], { same: 1 }));
  await expect(markdown(calm)).toMatchFileSnapshot("__snapshots__/no-changes.md");
  await expect(`${text(calm)}\n`).toMatchFileSnapshot("__snapshots__/no-changes.txt");
});

test("a run that failed after three steps", async () => {
  const failed = digest(
    [step("a"), step("b", { op: "create", oldState: null }), step("c", { op: "delete", newState: null })],
    undefined,
    {
      diagnostics: [{ severity: "error", urn: urnOf("c"), message: "AccessDenied: not yours" }],
    },
  );
  await expect(markdown(modelOf(failed))).toMatchFileSnapshot("__snapshots__/incomplete.md");
});

test("colour is on top of symbol and word, never instead of them", () => {
  const painted = text(model, { colour: true });
  expect(painted).toContain("\u001b[31m");
  expect(stripVTControlCharacters(painted)).toBe(text(model));
});

test("a narrow terminal cuts lines, whole characters only", () => {
  for (const line of text(model, { width: 60 }).split("\n")) expect([...line].length).toBeLessThanOrEqual(60);
});
