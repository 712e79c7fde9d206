import { expect, test } from "vitest";
import { cacheDir, clusterDir, locksDir, stackDir, stateDir } from "./places.ts";

test.each([
  [{ XDG_CACHE_HOME: "/c", HOME: "/home/a" }, "/c/golive"],
  [{ XDG_CACHE_HOME: "relative", HOME: "/home/a" }, "/home/a/.cache/golive"],
  [{ HOME: "/home/with a space" }, "/home/with a space/.cache/golive"],
  [{}, "/var/cache/golive"],
])("with %j the cache is %s", (env, place) => {
  expect(cacheDir(env)).toBe(place);
});

test("state stays in one folder, wherever that is put", () => {
  expect(stateDir({})).toBe("/var/lib/golive");
  const env = { GOLIVE_STATE: "/data/go live" };
  expect(stateDir(env)).toBe("/data/go live");
  expect(clusterDir("golive-test", env)).toBe("/data/go live/clusters/golive-test");
  expect(stackDir("local", env)).toBe("/data/go live/stacks/local");
  expect(locksDir(env)).toBe("/data/go live/locks");
});
