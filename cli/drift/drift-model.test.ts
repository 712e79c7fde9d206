import { expect, test } from "vitest";
import { previewModel } from "../preview/build.ts";
import { fromEvents } from "../preview/observe.ts";
import { driftModel } from "./drift-model.ts";

const urn = (name: string) => `urn:pulumi:local::golive::kubernetes:apps/v1:Deployment::${name}`;
type Spec = Readonly<Record<string, unknown>>;

/** A step of a preview, from what the state (or the world) says to what the program wants. */
const step = (name: string, op: string, before: Spec | undefined, after: Spec | undefined) => ({
  resourcePreEvent: {
    metadata: {
      op,
      urn: urn(name),
      type: "kubernetes:apps/v1:Deployment",
      ...(before ? { old: { inputs: { spec: before } } } : {}),
      ...(after ? { new: { inputs: { spec: after } } } : {}),
    },
  },
});
const model = (events: readonly object[], complete = true) =>
  previewModel(fromEvents(events), { stack: "local", source: "engine", complete });

test("what somebody scaled by hand is drift; the image of the next release is not", () => {
  const plain = model([step("gateway", "update", { replicas: 2, image: "a" }, { replicas: 2, image: "b" })]);
  const looked = model([step("gateway", "update", { replicas: 3, image: "a" }, { replicas: 2, image: "b" })]);
  const { rows } = driftModel(plain, looked);
  expect(
    rows.map(({ name, changes }) => [name, changes.map(({ path, before, after }) => [path, before, after])]),
  ).toEqual([["gateway", [["spec.replicas", "3", "2"]]]]);
});

test("a change that is not applied yet is no drift", () => {
  const events = [step("gateway", "update", { image: "a" }, { image: "b" }), step("new", "create", undefined, {})];
  expect(driftModel(model(events), model(events)).rows).toEqual([]);
});

test("what was deleted by hand would be made again, and is drift", () => {
  const plain = model([step("gateway", "same", { replicas: 2 }, { replicas: 2 })]);
  const looked = model([step("gateway", "create", undefined, { replicas: 2 })]);
  const found = driftModel(plain, looked);
  expect(found.rows.map(({ op, name }) => [op, name])).toEqual([["create", "gateway"]]);
  expect(found.counts).toEqual({ create: 1, same: 0 });
});

test("a property that the program changes and somebody else has changed too is drift", () => {
  const plain = model([step("gateway", "update", { replicas: 2 }, { replicas: 4 })]);
  const looked = model([step("gateway", "update", { replicas: 3 }, { replicas: 4 })]);
  expect(driftModel(plain, looked).rows[0]?.changes.map(({ before }) => before)).toEqual(["3"]);
});

test("when either look failed, the result is not complete", () => {
  expect(driftModel(model([], false), model([])).complete).toBe(false);
  expect(driftModel(model([]), model([], false)).complete).toBe(false);
});
