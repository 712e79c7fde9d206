import { expect, test } from "vitest";
import { plannedResources } from "./planned.ts";

const urn = (name: string) => `urn:pulumi:local::golive::golive:valkey:Valkey$kubernetes:core/v1:Secret::${name}`;
const type = "kubernetes:core/v1:Secret";

test("what stays is there with its inputs of now and before; what goes is not", () => {
  const rows = plannedResources([
    { op: "update", urn: urn("a"), type, new: { inputs: { now: 1 }, protect: true }, old: { inputs: { now: 0 } } },
    { op: "create", urn: urn("b"), type, new: { inputs: {} } },
    { op: "delete", urn: urn("c"), type, old: { inputs: {} } },
  ]);
  expect(rows).toEqual([
    { type, name: "a", inputs: { now: 1 }, old: { now: 0 }, protect: true },
    { type, name: "b", inputs: {}, old: undefined, protect: false },
  ]);
});

test("the three steps of a replacement are one resource", () => {
  const steps = ["create-replacement", "replace", "delete-replaced"].map((op) => ({
    op,
    urn: urn("a::b"),
    type,
    new: { inputs: { x: 1 } },
    old: { inputs: { x: 0 } },
  }));
  expect(plannedResources(steps).map(({ name }) => name)).toEqual(["a::b"]);
});
