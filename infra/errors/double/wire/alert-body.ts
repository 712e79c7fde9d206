import { isRecord, type Properties, type Value } from "../values.ts";
import { actionFromWire, actionToWire } from "./alert-actions.ts";
import { conditionFromWire, conditionToWire, triggersFromWire, triggerToWire } from "./alert-conditions.ts";
import { items, present, record } from "./read.ts";

/** An alert as `/workflows/` takes it. */
export function alertToWire(inputs: Properties): Properties {
  const legacy = each(inputs["legacyTriggerConditions"]).map((type) => ({
    type,
    comparison: true,
    conditionResult: true,
  }));
  return {
    name: inputs["name"] ?? null,
    enabled: inputs["enabled"] ?? true,
    environment: inputs["environment"] ?? null,
    config: { frequency: inputs["frequencyMinutes"] ?? null },
    detectorIds: inputs["monitorIds"] ?? [],
    triggers: {
      logicType: "any-short",
      conditions: [...records(inputs["triggerConditions"]).map(triggerToWire), ...legacy],
    },
    actionFilters: records(inputs["actionFilters"]).map((filter) => ({
      logicType: filter["logicType"] ?? null,
      conditions: records(filter["conditions"]).map(conditionToWire),
      actions: records(filter["actions"]).map(actionToWire),
    })),
  };
}

/** What a program would have written for an alert of Sentry's. */
export function alertFromWire(alert: Properties): Record<string, Value | undefined> {
  const { typed, legacy } = triggersFromWire(record(alert["triggers"], "triggers")["conditions"]);
  return {
    name: alert["name"],
    enabled: alert["enabled"],
    environment: present(alert["environment"]),
    frequencyMinutes: record(alert["config"], "config")["frequency"],
    monitorIds: alert["detectorIds"],
    triggerConditions: typed,
    legacyTriggerConditions: legacy.length > 0 ? legacy : undefined,
    actionFilters: items(alert["actionFilters"], "action filters").map((filter) => ({
      logicType: filter["logicType"] ?? null,
      conditions: items(filter["conditions"], "conditions").map(conditionFromWire),
      actions: items(filter["actions"], "actions").map(actionFromWire),
    })),
  };
}

function each(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? value : [];
}

function records(value: Value | undefined): Properties[] {
  return each(value).filter(isRecord);
}
