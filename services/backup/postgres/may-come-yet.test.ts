import { expect, test } from "vitest";
import { mayComeYet } from "./may-come-yet.ts";

const refused = Object.assign(new Error("connect ECONNREFUSED 10.96.0.7:5432"), { code: "ECONNREFUSED" });
const told = new Error("cannot connect", { cause: refused });
const pod = { KUBERNETES_SERVICE_HOST: "10.96.0.1" };

test("a pod asks again in its first seconds when it is refused, whatever the error is wrapped in", () => {
  expect(mayComeYet(refused, 1, pod)).toBe(true);
  expect(mayComeYet(told, 14, pod)).toBe(true);
});

test("later, elsewhere, and for any other failure it does not", () => {
  expect(mayComeYet(told, 16, pod)).toBe(false);
  expect(mayComeYet(told, 1, {})).toBe(false);
  expect(mayComeYet(new Error("password authentication failed"), 1, pod)).toBe(false);
});
