import type { ResourceModel } from "../resource-model.ts";
import { boolean, optional, required, set, string } from "../shape.ts";
import type { Properties } from "../values.ts";
import { given, items } from "../wire/read.ts";

/** A project has all filters at all times: to make one is to set it, to delete it is to switch it off. */
export const projectInboundDataFilter: ResourceModel = {
  token: "sentry:index/projectInboundDataFilter:ProjectInboundDataFilter",
  inputs: {
    active: optional(boolean),
    filterId: required(string),
    organization: required(string),
    project: required(string),
    subfilters: optional(set(string)),
  },
  replaces: ["filterId", "organization", "project"],
  secrets: [],
  named: false,
  defaults: {},
  none: [],
  async create(api, inputs) {
    const { active, subfilters, organization, project, filterId } = inputs;
    await api.send("PUT", path(inputs), given({ active, subfilters }));
    const id = `${organization}/${project}/${filterId}`;
    return { id, state: { id, ...inputs } };
  },
  async read(api, id, state) {
    const { organization, project, filterId } = state;
    const all = await api.find(`projects/${organization}/${project}/filters/`);
    const filter = all === undefined ? undefined : items(all, "filters").find((one) => one["id"] === filterId);
    if (!filter) return undefined;
    // One that has parts tells which of them are on, any other whether it is.
    const on = Array.isArray(filter["active"]) ? { subfilters: filter["active"] } : { active: filter["active"] };
    return { id, state: { id, organization, project, filterId, ...on } };
  },
  async update(api, id, state, inputs) {
    const { active, subfilters } = inputs;
    await api.send("PUT", path(state), given({ active, subfilters }));
    return { id, ...inputs };
  },
  async delete(api, _, state) {
    await api.send("PUT", path(state), state["subfilters"] === undefined ? { active: false } : { subfilters: [] });
  },
};

const path = ({ organization, project, filterId }: Properties) =>
  `projects/${organization}/${project}/filters/${filterId}/`;
