import type { Found, ResourceModel } from "../resource-model.ts";
import { optional, required, string } from "../shape.ts";
import type { Properties, Value } from "../values.ts";
import { given, record, text } from "../wire/read.ts";

/** A team's id is its slug. */
export const team: ResourceModel = {
  token: "sentry:index/team:Team",
  inputs: {
    name: optional(string),
    organization: required(string),
    sentryTeamId: optional(string),
    slug: optional(string),
  },
  replaces: ["organization"],
  secrets: [],
  named: true,
  defaults: {},
  none: [],
  async create(api, inputs) {
    const { organization, name, slug } = inputs;
    const made = record(await api.send("POST", `organizations/${organization}/teams/`, given({ name, slug })), "team");
    return stateOf(inputs, await api.send("GET", path(inputs, text(made["slug"], "slug"))));
  },
  async read(api, id, state) {
    const found = await api.find(path(state, id));
    return found === undefined ? undefined : stateOf(state, found);
  },
  async update(api, id, state, { name, slug }) {
    return stateOf(state, await api.send("PUT", path(state, id), given({ name, slug }))).state;
  },
  delete: (api, id, state) => api.remove(path(state, id)),
};

const path = ({ organization }: Properties, slug: string) => `teams/${organization}/${slug}/`;

function stateOf({ organization }: Properties, answer: Value): Found {
  const found = record(answer, "team");
  const slug = text(found["slug"], "slug of a team");
  const { id: internalId, name, hasAccess, isMember, isPending } = found;
  const state = { id: slug, organization, name, slug, internalId, teamId: internalId, sentryTeamId: internalId };
  return { id: slug, state: { ...state, hasAccess, isMember, isPending } };
}
