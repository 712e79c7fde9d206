import type { AlertRule } from "@golive/infra/errors/alert-rule.ts";
import { type AlertId, alertIds, alertRules } from "@golive/infra/errors/alerts.ts";
import { evaluate } from "@golive/infra/errors/fire/evaluate.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import type { Dose } from "./dose.ts";
import { type Fired, fireRule } from "./fire-rule.ts";
import { firedJson } from "./report.ts";
import type { Rig } from "./rig.ts";
import type { LiveScenario } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";

const live = alertIds.filter((id) => "play" in scenarios[id]);
const recorded = alertIds.filter((id) => "recording" in scenarios[id]);
const missing = postgresMissing();

let postgres: PostgresServer | undefined;
const server = async () => {
  if (!postgres) throw new Error("no Postgres was started for this test");
  return postgres;
};

function fire(id: AlertId, dose: Dose): Promise<Fired> {
  return fireRule(id, alertRules[id], scenarios[id], { postgres: server, dose });
}

test("every rule of the catalogue has a scenario, and every scenario a rule", () => {
  expect(Object.keys(scenarios).sort()).toEqual(alertIds.toSorted());
});

describe.skipIf(missing)(`with a real gateway${missing ? ` (not run: ${missing})` : ""}`, { timeout: 120_000 }, () => {
  beforeAll(async () => {
    postgres = await startPostgres();
  }, 60_000);
  afterAll(async () => {
    await postgres?.stop();
    postgres = undefined;
  });

  test.each(live)("what %s watches makes it fire", async (id) => {
    const { verdict, observed } = await fire(id, "enough");
    const rule: AlertRule = alertRules[id];
    const level = rule.trigger.kind === "metric" || rule.severity === "page" ? "critical" : "warning";
    expect(verdict, verdict.because).toMatchObject({ fires: true, level });
    expect(verdict.matched.length).toBeGreaterThan(0);
    // The same items are nothing to a rule of another environment, or of another tag.
    expect(evaluate(rule, observed, { environment: "staging" }).fires).toBe(false);
    expect(evaluate(narrower(rule), observed).fires).toBe(false);
  });

  test.each([
    "high-error-rate",
    "new-issue",
    "regression",
    "database-failure",
    "authentication-failure-spike",
    "slow-api",
    "pipeline-failure",
    "csrf-attack",
  ] as const)("half of it leaves %s silent", async (id) => {
    const { verdict, observed } = await fire(id, "near-miss");
    expect(verdict, verdict.because).toMatchObject({ fires: false, level: "none" });
    // Silent for its measure, and not because nothing was done.
    expect(observed.items.length).toBeGreaterThan(0);
    if (alertRules[id].trigger.kind === "metric") expect(verdict.value).toBeGreaterThan(0);
  });
});

describe.skipIf(missing)(`Ctrl-C in the middle${missing ? ` (not run: ${missing})` : ""}`, () => {
  test("ends the gateway and the drill, and leaves nothing that runs", { timeout: 60_000 }, async () => {
    const controller = new AbortController();
    const stopped = new Error("stopped");
    await using own = await ownPostgres();
    let rig: Rig | undefined;
    const scenario: LiveScenario = {
      about: "somebody who does not want to wait",
      async play(given) {
        rig = given;
        controller.abort(stopped);
        await given.gateway.ended;
        // A request to it fails from here on.
        await given.gateway.fetch("/livez");
      },
    };
    const options = { postgres: async () => own.server, signal: controller.signal };
    await expect(fireRule("x", alertRules["slow-api"], scenario, options)).rejects.toThrow();
    expect(await rig?.gateway.ended).toBe("SIGKILL");
  });
});

describe("with what was recorded of an SDK", () => {
  test.each(recorded)("%s fires", async (id) => {
    expect((await fire(id, "enough")).verdict).toMatchObject({ fires: true, level: "critical" });
  });

  test.each(recorded)("half of it leaves %s silent", async (id) => {
    const { verdict } = await fire(id, "near-miss");
    expect(verdict).toMatchObject({ fires: false });
    expect(verdict.matched.length).toBeGreaterThan(0);
  });

  test("a rule that asks for what nobody sends stays silent, and says so", async () => {
    const rule = alertRules["poor-web-vitals"];
    const misspelt = { ...rule, trigger: { ...rule.trigger, aggregate: "p75(measurements.lpc)" } };
    const fired = await fireRule("x", misspelt, scenarios["poor-web-vitals"], { postgres: server });
    expect(firedJson(fired)).toMatchObject({
      fires: false,
      value: null,
      because: expect.stringContaining("nothing to measure"),
    });
  });
});

/** The same rule for a subsystem that there is not. */
function narrower(rule: AlertRule): AlertRule {
  const { trigger } = rule;
  if (trigger.kind === "metric") return { ...rule, trigger: { ...trigger, query: `${trigger.query} subsystem:none` } };
  const none = { tag: { key: "subsystem", match: "eq", value: "none" } } as const;
  return { ...rule, trigger: { ...trigger, conditions: [...trigger.conditions, none] } };
}

async function ownPostgres(): Promise<AsyncDisposable & { readonly server: PostgresServer }> {
  const own = await startPostgres();
  return { server: own, [Symbol.asyncDispose]: () => own.stop() };
}
