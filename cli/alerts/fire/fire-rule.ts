import type { AlertRule } from "@golive/infra/errors/alert-rule.ts";
import { evaluate } from "@golive/infra/errors/fire/evaluate.ts";
import type { Observed } from "@golive/infra/errors/fire/item.ts";
import type { Verdict } from "@golive/infra/errors/fire/verdict.ts";
import type { PostgresServer } from "../../../tests/postgres-server.ts";
import type { Dose } from "./dose.ts";
import { replay } from "./recording.ts";
import { drillEnvironment, startRig } from "./rig.ts";
import type { LiveScenario, Scenario } from "./scenario.ts";

/** What was done for a rule, what left the process, and what the rule makes of it. */
export interface Fired {
  readonly id: string;
  readonly rule: AlertRule;
  readonly did: string;
  readonly observed: Observed;
  readonly verdict: Verdict;
}

export interface FireOptions {
  /** Asked for the server once a scenario needs one; recordings need none. */
  readonly postgres: () => Promise<PostgresServer>;
  readonly signal?: AbortSignal;
  /** @default enough */
  readonly dose?: Dose;
}

let rigs = 0;

/** Plays a rule's scenario and judges what arrived. @throws QueryError for a rule that cannot be judged here */
export async function fireRule(
  id: string,
  rule: AlertRule,
  scenario: Scenario,
  { postgres, signal, dose = "enough" }: FireOptions,
): Promise<Fired> {
  // A rule that cannot be judged is told of before anything is started.
  evaluate(rule, { items: [] });
  const observed =
    "recording" in scenario
      ? await replay(scenario.recording, dose)
      : await playLive(rule, scenario, { server: await postgres(), dose, signal });
  const verdict = evaluate(rule, observed, { environment: drillEnvironment });
  return { id, rule, did: scenario.about, observed, verdict };
}

interface Play {
  readonly server: PostgresServer;
  readonly dose: Dose;
  readonly signal: AbortSignal | undefined;
}

async function playLive(
  rule: AlertRule,
  { env, play }: LiveScenario,
  { server, dose, signal }: Play,
): Promise<Observed> {
  rigs += 1;
  const rig = await startRig(server, `drill_${process.pid}_${rigs}`, env);
  // Requests to a gateway that is gone fail at once, and so ends the scenario.
  const stop = () => void rig.stop();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    signal?.throwIfAborted();
    await play(rig, rule, dose);
    signal?.throwIfAborted();
    return await rig.observe();
  } finally {
    signal?.removeEventListener("abort", stop);
    await rig.stop();
  }
}
