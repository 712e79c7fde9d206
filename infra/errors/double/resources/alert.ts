import type { Found, ResourceModel } from "../resource-model.ts";
import { boolean, list, number, object, optional, required, set, string } from "../shape.ts";
import type { Properties, Value } from "../values.ts";
import { alertFromWire, alertToWire } from "../wire/alert-body.ts";
import { record, text } from "../wire/read.ts";
import { action, condition, trigger } from "./alert-shapes.ts";

export const alert: ResourceModel = {
  token: "sentry:index/alert:Alert",
  inputs: {
    actionFilters: required(
      list(
        object({
          actions: required(list(action)),
          conditions: optional(list(condition)),
          logicType: required(string),
        }),
      ),
    ),
    enabled: optional(boolean),
    environment: optional(string),
    frequencyMinutes: required(number),
    legacyTriggerConditions: optional(list(string)),
    monitorIds: required(set(string)),
    name: optional(string),
    organization: required(string),
    triggerConditions: optional(list(trigger)),
  },
  replaces: ["organization"],
  secrets: [],
  named: true,
  defaults: { enabled: true, triggerConditions: [] },
  none: ["environment", "legacyTriggerConditions"],
  async create(api, inputs) {
    return stateOf(inputs, await api.send("POST", path(inputs), bodyOf(inputs)));
  },
  async read(api, id, state) {
    const found = await api.find(path(state, id));
    return found === undefined ? undefined : stateOf(state, found);
  },
  async update(api, id, state, inputs) {
    return stateOf(state, await api.send("PUT", path(state, id), bodyOf(inputs))).state;
  },
  delete: (api, id, state) => api.remove(path(state, id)),
};

function path({ organization }: Properties, id?: string): string {
  return `organizations/${organization}/workflows/${id === undefined ? "" : `${id}/`}`;
}

/** The real provider sends more than one filter, and fails on the answer (terraform-provider-sentry#938). */
function bodyOf(inputs: Properties): Properties {
  const filters = inputs["actionFilters"];
  if (Array.isArray(filters) && filters.length > 1)
    throw new Error(`inconsistent result after apply: an alert with ${filters.length} action filters`);
  return alertToWire(inputs);
}

function stateOf({ organization }: Properties, answer: Value): Found {
  const found = record(answer, "alert");
  const id = text(found["id"], "id of an alert");
  return { id, state: { id, organization, ...alertFromWire(found) } };
}
