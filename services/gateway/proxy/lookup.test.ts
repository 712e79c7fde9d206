import type { LookupFunction } from "node:net";
import { expect, test } from "vitest";
import { rememberingFailures } from "./lookup.ts";

test("a name that cannot be resolved is asked for once a second, one that can each time", async () => {
  let now = 0;
  const asked: string[] = [];
  const system: LookupFunction = (name, _options, callback) => {
    asked.push(name);
    if (name.startsWith("no-")) callback(Object.assign(new Error("not found"), { code: "ENOTFOUND" }), "", 4);
    else callback(null, "127.0.0.1", 4);
  };
  const lookup = rememberingFailures(system, () => now);
  const ask = (name: string) =>
    new Promise((resolve) => lookup(name, {}, (error, address) => resolve(error?.code ?? address)));
  expect(await Promise.all([ask("yes"), ask("yes")])).toEqual(["127.0.0.1", "127.0.0.1"]);
  expect([await ask("no-1"), await ask("no-1"), await ask("no-2")]).toEqual(["ENOTFOUND", "ENOTFOUND", "ENOTFOUND"]);
  now = 1_000;
  await ask("no-1");
  expect(asked).toEqual(["yes", "yes", "no-1", "no-2", "no-1"]);
});
