import { isRecord, type Properties, type Value } from "../values.ts";
import { type Faults, faultList } from "./metric-rules.ts";
import type { SentryState } from "./state.ts";

/** Minutes. */
const frequencies: readonly Value[] = [0, 5, 10, 30, 60, 180, 720, 1440];
const longestName = 256;
const logicTypes = ["any", "any-short", "all", "none"];
/** Actions that go through an installed integration; the others need none. */
const integrated = ["slack", "pagerduty", "discord", "msteams", "opsgenie"];

/** What Sentry refuses of an alert. @param seen monitors that the token may see */
export function alertFaults(body: Properties, state: SentryState, seen: ReadonlySet<string>): Faults {
  const { faults, say } = faultList();
  const { name, environment } = body;
  if (typeof name !== "string" || name === "") say("name", "This field is required.");
  else if (name.length > longestName) say("name", `Ensure this field has no more than ${longestName} characters.`);
  if (typeof environment === "string" && !state.environments.has(environment))
    say("environment", "Environment is not part of this organization");
  const config = isRecord(body["config"]) ? body["config"] : {};
  if (!frequencies.includes(config["frequency"] ?? null)) say("config", `Invalid frequency: ${config["frequency"]}`);
  for (const id of list(body["detectorIds"]))
    if (!seen.has(String(id))) say("detectorIds", `Some detectors do not exist: ${id}`);
  for (const filter of list(body["actionFilters"]).filter(isRecord)) {
    if (!logicTypes.includes(String(filter["logicType"])))
      say("actionFilters", `Invalid logic: ${filter["logicType"]}`);
    for (const action of list(filter["actions"]).filter(isRecord))
      for (const fault of actionFaults(action, state)) say("actionFilters", fault);
  }
  return faults;
}

function* actionFaults(action: Properties, state: SentryState): Generator<string> {
  const { type, integrationId } = action;
  if (integrated.includes(String(type))) {
    const there = state.integrations.some(({ id, provider }) => id === integrationId && provider === type);
    if (!there) yield `The ${type} integration ${integrationId} does not exist in this organization`;
  }
  const config = isRecord(action["config"]) ? action["config"] : {};
  const { targetType, targetIdentifier } = config;
  if (type !== "email") return;
  if (targetType === "team" && !state.teams.some(({ id }) => id === targetIdentifier))
    yield `This team is not part of the project: ${targetIdentifier}`;
  if (targetType === "user" && !state.members.has(String(targetIdentifier)))
    yield `This user is not part of the project: ${targetIdentifier}`;
}

function list(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? value : [];
}
