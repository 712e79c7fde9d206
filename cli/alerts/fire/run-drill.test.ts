import { readdirSync, readFileSync } from "node:fs";
import { codes } from "@golive/errors/codes.ts";
import type { AlertRule } from "@golive/infra/errors/alert-rule.ts";
import { type AlertId, alertRules } from "@golive/infra/errors/alerts.ts";
import { describe, expect, test } from "vitest";
import { fakeWorld } from "../../testing/fake-world.ts";
import { chosenRules } from "./chosen-rules.ts";
import { amountFor, timesFor } from "./dose.ts";
import { firedText } from "./report.ts";
import { runDrill } from "./run-drill.ts";
import { silentCode } from "./silent-code.ts";

const rule = (id: AlertId): AlertRule => alertRules[id];

/** So high that the recording does not reach it. */
function outOfReach(given: AlertRule): AlertRule {
  if (given.trigger.kind !== "metric") throw new Error("it is a rule of a number");
  return { ...given, trigger: { ...given.trigger, critical: 1, warning: 2 } };
}

describe("a drill", () => {
  test("says what was done, what left, what matched and why the rule fires", async () => {
    const { world, lines } = fakeWorld();
    const result = await runDrill(world, {
      "crash-free-sessions": { ...rule("crash-free-sessions"), title: "A title", runbook: "a-runbook" },
    });
    expect(lines).toEqual([
      "> fire crash-free-sessions",
      "    visits of which some ended in a crash",
      "+ fire crash-free-sessions: fires (critical)",
    ]);
    expect(result.exit).toBe(0);
    expect(result.text).toBe(
      [
        "crash-free-sessions: fires (critical)",
        "  A title [page]",
        "  did      visits of which some ended in a crash",
        "  left     0 events, 0 spans, 25 sessions",
        "  matched  23 with session=ended well",
        "           2 with session=crashed",
        "  value    92, threshold 97",
        "  because  percentage(sessions_crashed, sessions) AS _crash_rate_alert_aggregate was 92 within 3600 s, below the critical bound of 97",
        "  runbook  a-runbook",
      ].join("\n"),
    );
    expect(result.json).toMatchObject({
      silent: 0,
      rules: [
        {
          rule: "crash-free-sessions",
          runbook: "a-runbook",
          left: { events: 0, spans: 0, sessions: 25 },
          matched: { count: 25 },
          value: expect.closeTo(92),
          threshold: 97,
          level: "critical",
          fires: true,
        },
      ],
    });
  });

  test("in which one stays silent goes on with the others and ends with its own status", async () => {
    const { world, lines } = fakeWorld();
    const result = await runDrill(world, {
      "crash-free-sessions": outOfReach(rule("crash-free-sessions")),
      "poor-web-vitals": rule("poor-web-vitals"),
    });
    expect(result.exit).toBe(codes[silentCode].exit);
    expect(result.json).toMatchObject({ silent: 1, rules: [{ fires: false, level: "none" }, { fires: true }] });
    expect(result.text).toContain("crash-free-sessions: STAYS SILENT");
    expect(result.text).toMatch(/1 of 2 stay silent$/);
    expect(lines).toContain("+ fire crash-free-sessions: stays silent");
  });

  test("of a rule that nothing sets off, or that cannot be judged, is broken and not silent", async () => {
    const { world } = fakeWorld();
    await expect(runDrill(world, { other: rule("poor-web-vitals") })).rejects.toMatchObject({ code: "DRILL_FAILED" });
    const given = rule("poor-web-vitals");
    if (given.trigger.kind !== "metric") throw new Error("it is a rule of a number");
    const strange = { ...given, trigger: { ...given.trigger, query: "is_transaction:true !span.op:http" } };
    await expect(runDrill(world, { "poor-web-vitals": strange })).rejects.toMatchObject({
      code: "DRILL_FAILED",
      message: expect.stringContaining('"!span.op:http"'),
    });
  });

  test("ends with Ctrl-C", async () => {
    const { world, controller } = fakeWorld();
    controller.abort(new Error("stopped"));
    await expect(runDrill(world, alertRules)).rejects.toThrow("stopped");
  });
});

test("nothing of a person is shown, whatever an event carries", () => {
  const item = {
    kind: "event",
    type: "error",
    project: "backend",
    timeMs: 0,
    environment: "production",
    level: 40,
    group: "g",
    fields: { subsystem: "auth", user: "ada@example.com", message: "of ada", "client.address": "10.0.0.1" },
  } as const;
  const text = firedText({
    id: "x",
    rule: rule("new-issue"),
    did: "d",
    observed: { items: [item] },
    verdict: { fires: true, level: "critical", value: 1, threshold: 0, matched: [item, item], because: "b" },
  });
  expect(text).toContain("matched  2 with subsystem=auth\n");
  expect(text).not.toMatch(/ada|10\.0/);
});

describe("rules", () => {
  test("are named with commas between, or all of them", () => {
    const named = (text: string) => Object.keys(chosenRules(alertRules, { named: text, all: false }));
    expect(named("slow-api, csrf-attack,slow-api")).toEqual(["slow-api", "csrf-attack"]);
    expect(chosenRules(alertRules, { named: undefined, all: true })).toBe(alertRules);
  });

  test.each([
    [undefined, false, "no rule is named"],
    [" , ", false, "no rule is named"],
    ["slow-api", true, 'both --all and "slow-api" are given'],
    ["slow-apy", false, 'there is no rule "slow-apy"'],
    ["constructor", false, 'there is no rule "constructor"'],
  ])("named %s with all %s are refused", (named, all, message) => {
    expect(() => chosenRules(alertRules, { named, all })).toThrow(expect.objectContaining({ code: "USAGE", message }));
  });

  test("that are misspelt are guessed", () => {
    expect(() => chosenRules(alertRules, { named: "slow-apy", all: false })).toThrow(
      expect.objectContaining({ hint: expect.stringMatching(/^Did you mean slow-api\?/) }),
    );
  });
});

test("enough is just beyond the last bound, and a near miss half of the first", () => {
  expect([timesFor(rule("database-failure"), "enough"), timesFor(rule("database-failure"), "near-miss")]).toEqual([
    11, 1,
  ]);
  expect([timesFor(rule("csrf-attack"), "enough"), timesFor(rule("csrf-attack"), "near-miss")]).toEqual([6, 2]);
  expect([amountFor(rule("slow-api"), "enough"), amountFor(rule("slow-api"), "near-miss")]).toEqual([1875, 400]);
});

test("recordings hold nothing of a person", () => {
  const folder = new URL("recorded/", import.meta.url);
  const files = readdirSync(folder);
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    const text = readFileSync(new URL(file, folder), "utf8");
    expect(text).not.toMatch(/ip_address|email|username|server_name|user_agent|cookie/);
    expect(Buffer.byteLength(text)).toBeLessThan(40_000);
  }
});
