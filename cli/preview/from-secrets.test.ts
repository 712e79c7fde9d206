import { expect, test } from "vitest";
import { fromSecrets } from "./from-secrets.ts";
import { fromEvents } from "./observe.ts";

const type = "kubernetes:apps/v1:Deployment";
const step = (name: string, inputs: object, op = "update") => ({
  resourcePreEvent: { metadata: { op, urn: `urn:pulumi:s::golive::a:b:C$${type}::${name}`, type, new: { inputs } } },
});
const steps = (...all: object[]) => fromEvents(all).steps;

test("what is secret, and what is another with other secrets, comes from secrets; the rest does not", () => {
  const with_ = (hash: string, replicas = 2) => ({
    metadata: { annotations: { "golive.dev/secrets": hash, fixed: "1" } },
    data: { password: "[secret]" },
    list: [{ name: "a" }, { name: "b", value: hash }],
    replicas,
  });
  const found = fromSecrets(
    steps(step("gateway", with_("x")), step("plain", { replicas: 2 })),
    steps(step("gateway", with_("y")), step("plain", { replicas: 2 })),
  );
  expect([...found]).toEqual([
    [`${type} gateway`, ["data.password", "list[1].value", 'metadata.annotations["golive.dev/secrets"]']],
  ]);
});

test("of a Secret nothing is compared: its keys are in a state as one", () => {
  const secret = "kubernetes:core/v1:Secret";
  const urn = `urn:pulumi:s::golive::${secret}::access`;
  const event = {
    resourcePreEvent: { metadata: { op: "same", urn, new: { inputs: { stringData: { a: "[secret]" } } } } },
  };
  expect([...fromSecrets(steps(event), steps(event))]).toEqual([[`${secret} access`, ["data", "stringData"]]]);
});

test("what goes away has nothing to ignore", () => {
  const gone = {
    resourcePreEvent: { metadata: { op: "delete", urn: `urn:pulumi:s::golive::${type}::x`, old: { inputs: {} } } },
  };
  expect(fromSecrets(steps(gone), steps(gone)).size).toBe(0);
});
