import { expect, test } from "vitest";
import { document } from "./document.ts";
import { markdown } from "./markdown.ts";
import { nothingChanges } from "./model.ts";
import { awsProvider, digest, modelOf, replacement, states, step, urnOf } from "./testing/digest.ts";
import { text } from "./text.ts";
import { verdict } from "./verdict.ts";

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const changesOf = (before: unknown, after: unknown) =>
  modelOf(digest([step("it", states(before, after))])).rows[0]?.changes;
const both = (inputs: object, version: string) => ({ inputs, provider: awsProvider(version) });

test("PD-06: a provider's upgrade alone is one line, and no row", () => {
  const moved = {
    oldState: both({ tag: "a" }, "6_1_0"),
    newState: both({ tag: "a" }, "7_0_0"),
    detailedDiff: null,
    diffReasons: null,
  };
  const model = modelOf(
    digest(
      ["a", "b", "c"].map((name) => step(name, moved)),
      { update: 3 },
    ),
  );
  expect(model.rows).toEqual([]);
  expect(model.providers).toEqual([{ provider: "aws", from: "6.1.0", to: "7.0.0", resources: 3 }]);
  expect(markdown(model)).toContain("⬆ provider `aws`: `6.1.0` → `7.0.0` (3 resources)");
  expect(nothingChanges(model)).toBe(false);
});

test("PD-06: JSON whose keys are in another order is no change of content", () => {
  const change = changesOf({ policy: '{"a":1,"b":[2]}' }, { policy: '{"b":[2],"a":1}' });
  expect(change).toEqual([{ path: "policy", kind: "order", replaces: false }]);
});

test("PD-06: JSON in a string is compared place by place", () => {
  expect(changesOf({ policy: '{"a":1,"b":2}' }, { policy: '{"a":1,"b":3}' })).toMatchObject([
    { path: "policy.b", before: "2", after: "3" },
  ]);
});

test("PD-06: an element put at the head of a list is one insertion", () => {
  expect(changesOf({ list: ["a", "b", "c"] }, { list: ["z", "a", "b", "c"] })).toEqual([
    { path: "list[0]", kind: "add", replaces: false, before: "absent", after: '"z"' },
  ]);
});

test("PD-06: elements with names are compared by name, wherever they stand", () => {
  const env = (name: string, value: string) => ({ name, value });
  expect(changesOf({ env: [env("A", "1"), env("B", "2")] }, { env: [env("B", "3"), env("A", "1")] })).toMatchObject([
    { path: "env[0].value", before: '"2"', after: '"3"' },
  ]);
});

test("PD-06: a number that becomes a string shows its type", () => {
  expect(changesOf({ port: 1 }, { port: "1" })).toMatchObject([{ before: "1", after: '"1"' }]);
});

test("PD-06: null that goes away is told from absent and from nothing", () => {
  expect(changesOf({ a: null }, {})).toMatchObject([{ path: "a", kind: "remove", before: "null", after: "absent" }]);
  expect(markdown(modelOf(digest([step("it", states({ a: null }, {}))])))).toContain("`a`: `null` → `absent`");
});

test.each([unknown, "output<string>"])("PD-06: %s is known after apply", (mark) => {
  expect(changesOf({ host: "a" }, { host: mark })).toMatchObject([{ before: '"a"', after: "known after apply" }]);
});

test("PD-06: a resource that an alias renames keeps its former name beside the new one", () => {
  const renamed = step("new", {
    oldState: { inputs: { tag: "a" }, urn: urnOf("old") },
    newState: { inputs: { tag: "a" } },
    detailedDiff: null,
    diffReasons: null,
  });
  const model = modelOf(digest([renamed], { update: 1 }));
  expect(model.rows[0]).toMatchObject({ name: "new", formerly: "old" });
  expect(markdown(model)).toContain("renamed by an alias, was `old`");
});

test("PD-06: forty resources with the same change are one row with a count", () => {
  const steps = Array.from({ length: 40 }, (_, at) =>
    step(`bucket-${String(at).padStart(2, "0")}`, { type: "aws:sns/topic:Topic" }),
  );
  const page = markdown(modelOf(digest(steps, { update: 40 })));
  expect(page.split("\n").filter((line) => line.includes("`tag`"))).toHaveLength(1);
  expect(page).toContain("✏️ update × 40");
  expect(page).toContain("and 35 more");
  expect(page).toContain("40 update");
});

test("PD-06: no changes are claimed only by a run that got to its end", () => {
  const calm = modelOf(digest([step("it", { op: "same" })], { same: 1 }));
  expect(nothingChanges(calm)).toBe(true);
  expect(markdown(calm)).toMatch(/^### Preview of `dev`: no changes\n/);
  const cut = modelOf(digest([step("it", { op: "same" })]), { complete: false });
  expect(nothingChanges(cut)).toBe(false);
  expect(markdown(cut)).not.toContain("no changes");
  expect(verdict(cut)).toMatchObject({ code: "PREVIEW_FAILED" });
});

test("PD-06: an error after three steps is a partial preview that shows the three and the error", () => {
  const model = modelOf(
    digest(
      [step("a"), step("b", { op: "create", oldState: null }), step("c", { op: "delete", newState: null })],
      undefined,
      {
        diagnostics: [{ severity: "error", urn: urnOf("c"), message: "AccessDenied: not yours @team" }],
      },
    ),
  );
  expect(model.complete).toBe(false);
  expect(model.rows).toHaveLength(3);
  const page = markdown(model);
  expect(page).toContain("(incomplete)");
  expect(page).toContain("> [!WARNING]");
  expect(page).toContain("❌ **error** | `c` | `AccessDenied: not yours @\u200bteam`");
});

test("a secret on either side hides both, in every form, and so does a Secret, an environment and a telling name", () => {
  const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "c1ph3r" };
  const password = "pa55w0rd-in-clear";
  const container = (value: string) => ({
    spec: { containers: [{ name: "c", env: [{ name: "DB_PASSWORD", value }] }] },
  });
  const steps = [
    step("becomes", states({ plain: password }, { plain: secret })),
    step("was", states({ plain: secret }, { plain: password })),
    step("inside", states({ a: { b: [secret] } }, { a: { b: [password] } })),
    step("output", {
      ...states({ plain: password }, { plain: "x" }),
      oldState: { inputs: { plain: password }, outputs: { plain: secret } },
    }),
    step("kube", {
      type: "kubernetes:core/v1:Secret",
      ...states({ stringData: { a: password } }, { stringData: { a: "x" } }),
    }),
    step("env", { type: "kubernetes:core/v1:Pod", ...states(container(password), container("x")) }),
    step("named", states({ masterPassword: password }, { masterPassword: "x" })),
    step("url", states({ url: `postgres://u:${password}@h/db` }, { url: "postgres://u:x@h/db" })),
    step("made", { op: "create", oldState: null, newState: { inputs: { masterPassword: password, k: secret } } }),
    step("text", states({ conf: `password=${password}\nb` }, { conf: `password=${password}\nc` })),
    ...replacement("swap", states({ plain: password }, { plain: secret })),
  ];
  for (const values of [false, true]) {
    const model = modelOf(digest(steps), { values });
    for (const page of [markdown(model), text(model), JSON.stringify(document(model))]) {
      expect(page).not.toContain(password);
      expect(page).not.toContain("c1ph3r");
    }
    expect(markdown(model)).toContain("`plain`: secret, not shown");
  }
});

test("more than six properties are counted, and shown with --values", () => {
  const inputs = (value: number) => Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`p${at}`, value]));
  const one = digest([step("it", states(inputs(1), inputs(2)))]);
  expect(modelOf(one).rows[0]).toMatchObject({ more: 3, changes: { length: 6 } });
  expect(markdown(modelOf(one))).toContain("and 3 more properties");
  expect(modelOf(one, { values: true }).rows[0]).toMatchObject({ more: 0, changes: { length: 9 } });
});

test("fields of another version, and rubbish in them, do no harm", () => {
  const odd = {
    steps: [
      null,
      3,
      { urn: 5 },
      { op: 7, urn: "no urn at all", oldState: [], newState: "x", detailedDiff: 4, future: {} },
    ],
    changeSummary: "many",
    diagnostics: {},
  };
  expect(modelOf(odd).rows).toMatchObject([{ urn: "no urn at all", op: "unknown" }]);
  expect(modelOf(null).rows).toEqual([]);
});

test("against a copy of a state, the reader is told of how many resources a part was not compared", () => {
  const model = modelOf(digest([step("one", states({ a: 1 }, { a: 2 }))], { update: 1 }), { notCompared: 18 });
  for (const page of [markdown(model), text(model)]) expect(page).toContain("Of 18 resources, what comes from secrets");
  expect(text(modelOf(digest([], {})))).not.toContain("secrets");
});
