import { codes } from "@golive/errors/codes.ts";
import { GoliveError } from "@golive/errors/golive-error.ts";
import type { AlertRule } from "@golive/infra/errors/alert-rule.ts";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import type { Result } from "../../core/verb.ts";
import type { World } from "../../core/world.ts";
import type { Catalogue } from "./chosen-rules.ts";
import { type Fired, type FireOptions, fireRule } from "./fire-rule.ts";
import { firedJson, firedText } from "./report.ts";
import type { Scenario } from "./scenario.ts";
import { scenarioOf } from "./scenarios.ts";
import { silentCode } from "./silent-code.ts";

/** Sets every rule off, one after the other, with progress. A silent one does not keep the others from their turn. */
export async function runDrill(world: World, rules: Catalogue): Promise<Result> {
  const plan = Object.entries(rules).map(([id, rule]) => ({ id, rule, scenario: requiredScenario(id) }));
  if (plan.some(({ scenario }) => "play" in scenario)) requirePostgres();
  let server: PostgresServer | undefined;
  const options: FireOptions = {
    postgres: async () => (server ??= await startPostgres({ settings: ["max_connections=100"] })),
    signal: world.signal,
  };
  const fired: Fired[] = [];
  try {
    await world.steps(
      plan.map(({ id, rule, scenario }) => ({
        title: `fire ${id}`,
        async run(report) {
          report(scenario.about);
          const one = await played(id, rule, scenario, options);
          fired.push(one);
          return one.verdict.fires ? `fires (${one.verdict.level})` : "stays silent";
        },
      })),
    );
  } finally {
    await server?.stop();
  }
  return outcome(fired);
}

function outcome(fired: readonly Fired[]): Result {
  const silent = fired.filter(({ verdict }) => !verdict.fires).length;
  const last = silent === 0 ? `all ${fired.length} fire` : `${silent} of ${fired.length} stay silent`;
  return {
    exit: silent === 0 ? 0 : codes[silentCode].exit,
    json: { rules: fired.map(firedJson), silent },
    text: [...fired.map(firedText), ...(fired.length > 1 ? [last] : [])].join("\n\n"),
  };
}

async function played(id: string, rule: AlertRule, scenario: Scenario, options: FireOptions): Promise<Fired> {
  try {
    return await fireRule(id, rule, scenario, options);
  } catch (cause) {
    options.signal?.throwIfAborted();
    const message = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
    const hint = "Run it again with --debug; nothing is known about the rule yet.";
    throw new GoliveError("DRILL_FAILED", `the drill of ${id} broke: ${message}`, hint, { cause });
  }
}

function requiredScenario(id: string): Scenario {
  const scenario = scenarioOf(id);
  if (scenario) return scenario;
  throw new GoliveError(
    "DRILL_FAILED",
    `nothing is known that sets "${id}" off`,
    "Add a scenario for it to cli/alerts/fire/scenarios.ts.",
  );
}

function requirePostgres(): void {
  const missing = postgresMissing();
  if (missing === undefined) return;
  throw new GoliveError(
    "TOOL_MISSING",
    missing,
    "Install PostgreSQL's server programs, and run the same command again.",
  );
}
