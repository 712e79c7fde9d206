import type { Found, ResourceModel, State } from "../resource-model.ts";
import { boolean, type Fields, object, optional, required, string } from "../shape.ts";
import type { Properties, Value } from "../values.ts";
import { monitorFromWire, monitorToWire } from "../wire/monitor-body.ts";
import { record, text } from "../wire/read.ts";

/** What sets one kind of monitor apart from the others. */
export interface MonitorKind {
  readonly token: string;
  /** As Sentry names the kind. */
  readonly type: string;
  readonly inputs: Fields;
  readonly defaults: Properties;
  readonly none: readonly string[];
  toWire(inputs: Properties): Properties;
  fromWire(monitor: Properties): State;
}

const common: Fields = {
  enabled: optional(boolean),
  name: optional(string),
  organization: required(string),
  owner: optional(object({ teamId: optional(string), userId: optional(string) })),
  project: required(string),
};

/** Monitors are made in a project, and found by their number in the organization. */
export function monitor(kind: MonitorKind): ResourceModel {
  const body = (inputs: Properties) => monitorToWire(kind.type, inputs, kind.toWire({ ...kind.defaults, ...inputs }));
  const stateOf = ({ organization, project }: Properties, answer: Value): Found => {
    const found = record(answer, "monitor");
    const id = text(found["id"], "id of a monitor");
    return { id, state: { id, organization, project, ...monitorFromWire(found), ...kind.fromWire(found) } };
  };
  return {
    token: kind.token,
    inputs: { ...common, ...kind.inputs },
    replaces: ["organization", "project"],
    secrets: [],
    named: true,
    defaults: { enabled: true, ...kind.defaults },
    none: ["owner", ...kind.none],
    async create(api, inputs) {
      const { organization, project } = inputs;
      const answer = await api.send(
        "POST",
        `organizations/${organization}/projects/${project}/detectors/`,
        body(inputs),
      );
      return stateOf(inputs, answer);
    },
    async read(api, id, state) {
      const found = await api.find(path(state, id));
      return found === undefined ? undefined : stateOf(state, found);
    },
    async update(api, id, state, inputs) {
      return stateOf(state, await api.send("PUT", path(state, id), body(inputs))).state;
    },
    delete: (api, id, state) => api.remove(path(state, id)),
  };
}

const path = ({ organization }: Properties, id: string) => `organizations/${organization}/detectors/${id}/`;
