import { describe, expect, test } from "vitest";
import { parse } from "../core/program.ts";
import { fakeWorld } from "../testing/fake-world.ts";
import { fire } from "./fire.ts";

const typed = (...argv: string[]) =>
  parse({ "alerts fire": fire }, { alerts: "rules of the error tracker" }, ["alerts", "fire", ...argv]);

describe("golive alerts fire", () => {
  test("takes rules with commas between, or all of them", () => {
    expect(typed("csrf-attack,slow-api", "--json")).toMatchObject({
      chosen: { path: "alerts fire", input: { rule: "csrf-attack,slow-api", json: true } },
    });
    expect(typed("--all")).toMatchObject({ chosen: { input: { all: true } } });
    expect(typed("--help")).toMatchObject({ help: expect.stringContaining("golive alerts fire csrf-attack") });
  });

  test("fires a rule of the catalogue, and needs no server for one of the frontend", async () => {
    const result = await fire.run(fakeWorld().world, { rule: "poor-web-vitals" });
    expect(result).toMatchObject({ exit: 0, json: { silent: 0, rules: [{ rule: "poor-web-vitals", fires: true }] } });
    expect(result.text).toMatch(/^poor-web-vitals: fires \(critical\)\n/);
  });

  test("without a rule, or with one that there is not, says which there are", async () => {
    for (const input of [{}, { rule: "csrf" }]) {
      await expect(fire.run(fakeWorld().world, input)).rejects.toMatchObject({
        code: "USAGE",
        hint: expect.stringContaining("csrf-attack, rate-limit-abuse"),
      });
    }
  });
});
