import type { AlertRule } from "@golive/infra/errors/alert-rule.ts";
import type { Dose } from "./dose.ts";
import type { Rig } from "./rig.ts";

/** Makes a running gateway do what a rule watches. */
export interface LiveScenario {
  /** What is done, for people; a part of a sentence. */
  readonly about: string;
  /** Settings of the gateway beside those of every drill. */
  readonly env?: Readonly<Record<string, string>>;
  play(rig: Rig, rule: AlertRule, dose: Dose): Promise<void>;
}

/** What Sentry's SDK sent, kept in a file of `recorded/`: for rules on a frontend, whose pages no drill can open. */
export interface RecordedScenario {
  readonly about: string;
  readonly recording: string;
}

export type Scenario = LiveScenario | RecordedScenario;
