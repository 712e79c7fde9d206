import { expect, test } from "vitest";
import { browserConfig, browserFaults } from "./config.ts";

test("origins are a list with commas, empty by default", () => {
  const listed = { CORS_ORIGINS: " https://console.example, http://localhost:3000 ," };
  expect(browserFaults(listed)).toEqual([]);
  expect([...browserConfig(listed).origins]).toEqual(["https://console.example", "http://localhost:3000"]);
  expect(browserConfig({ CORS_ORIGINS: "" }).origins.size).toBe(0);
});

test.each([
  ["*", "one by one"],
  ["null", "one by one"],
  ["console.example", "not an origin"],
  ["https://*.example", "one by one"],
  ["https://console.example/", "as browsers do"],
  ["https://console.example/path", "as browsers do"],
  ["https://CONSOLE.example", "as browsers do"],
  ["https://console.example:443", "as browsers do"],
  ["http://console.example", "must be https"],
  ["file:///etc", "as browsers do"],
])("%s is a fault", (origin, message) => {
  const faults = browserFaults({ CORS_ORIGINS: `https://fine.example,${origin}` });
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatch(message);
});
