import { expect, test } from "vitest";
import { outdatedClient } from "./patched-client.ts";

test.each([
  ["15.18", 15, undefined],
  ["15.17", 15, /^pg_dump 15\.17 can be made to run code .* update postgresql-client-15 to 15\.18 or newer$/],
  ["17.0", 17, /17\.10 or newer/],
  ["17beta2", 17, /17\.10 or newer/],
  ["18.3", 18, /18\.4 or newer/],
  ["18.4", 18, undefined],
  ["19.0", 19, undefined],
  ["19beta1", 19, undefined],
  ["12.22", 12, /gets no fixes any more/],
] as const)("fault 34: what is known of a client of version %s is told", (version, major, expected) => {
  const told = outdatedClient("pg_dump", { version, major });
  if (expected === undefined) expect(told).toBeUndefined();
  else expect(told).toMatch(expected);
});
