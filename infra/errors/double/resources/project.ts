import type { Found, ResourceModel } from "../resource-model.ts";
import type { SentryApi } from "../sentry-api.ts";
import { boolean, number, optional, partial, required, set, string } from "../shape.ts";
import type { Properties, Value } from "../values.ts";
import { given, items, record, text } from "../wire/read.ts";
import { optionsOf, projectFromWire, projectToWire } from "./project-body.ts";

const strings = set(string);

/** A project's id is its slug. Somebody may rename it in Sentry: the old slug leads to the new one. */
export const project: ResourceModel = {
  token: "sentry:index/project:Project",
  inputs: {
    clientSecurity: optional(
      partial({
        allowedDomains: optional(strings),
        scrapeJavascript: optional(boolean),
        securityToken: optional(string),
        securityTokenHeader: optional(string),
        verifyTlsSsl: optional(boolean),
      }),
    ),
    defaultKey: optional(boolean),
    defaultRules: optional(boolean),
    digestsMaxDelay: optional(number),
    digestsMinDelay: optional(number),
    filters: optional(
      partial({ blacklistedIps: optional(strings), errorMessages: optional(strings), releases: optional(strings) }),
    ),
    fingerprintingRules: optional(string),
    groupingEnhancements: optional(string),
    highlightTags: optional(strings),
    name: optional(string),
    organization: required(string),
    platform: optional(string),
    resolveAge: optional(number),
    slug: optional(string),
    teams: required(strings),
  },
  replaces: ["organization"],
  secrets: [],
  named: true,
  defaults: {},
  none: [],
  async create(api, inputs) {
    const { organization, name, slug, platform, defaultRules } = inputs;
    const [first, ...others] = slugs(inputs["teams"]);
    const body = given({ name, slug, platform, default_rules: defaultRules });
    const made = record(await api.send("POST", `teams/${organization}/${first}/projects/`, body), "project");
    const at = `projects/${organization}/${text(made["slug"], "slug")}/`;
    await api.send(
      "PUT",
      at,
      given({ name, slug, platform, ...projectToWire(inputs), ...optionsOf(inputs["filters"]) }),
    );
    if (inputs["defaultKey"] === false) await removeDefaultKey(api, inputs, at);
    for (const team of others) await api.send("POST", `${at}teams/${team}/`);
    return stateOf(inputs, await api.send("GET", at));
  },
  async read(api, id, state) {
    const found = await api.find(path(state, id));
    return found === undefined ? undefined : stateOf(state, found);
  },
  async update(api, id, state, inputs) {
    const changed = (name: string) => inputs[name] !== undefined && !sameValue(inputs[name], state[name]);
    const wanted = Object.fromEntries(Object.entries(inputs).filter(([name]) => changed(name)));
    const { name, slug, platform, highlightTags } = wanted;
    const filters = changed("filters") ? optionsOf(inputs["filters"]) : {};
    const body = given({ name, slug, platform, highlightTags, ...projectToWire(wanted), ...filters });
    const answer = record(await api.send("PUT", path(state, id), body), "project");
    const at = path(state, text(answer["slug"], "slug"));
    const [before, after] = [slugs(state["teams"]), slugs(inputs["teams"])];
    for (const team of after.filter((one) => !before.includes(one))) await api.send("POST", `${at}teams/${team}/`);
    for (const team of before.filter((one) => !after.includes(one))) await api.send("DELETE", `${at}teams/${team}/`);
    return stateOf({ ...state, ...inputs }, await api.send("GET", at)).state;
  },
  delete: (api, id, state) => api.remove(path(state, id)),
};

const path = ({ organization }: Properties, slug: string) => `projects/${organization}/${slug}/`;

const sameValue = (left: Value | undefined, right: Value | undefined) => JSON.stringify(left) === JSON.stringify(right);

function slugs(teams: Value | undefined): readonly string[] {
  return Array.isArray(teams) ? teams.map(String) : [];
}

/** The provider cannot keep Sentry from making a key with the project; it takes the key away after. */
async function removeDefaultKey(api: SentryApi, { organization }: Properties, at: string): Promise<void> {
  const keys = items(await api.list(`${at}keys/`), "keys");
  const unwanted = keys.find(({ name }) => name === "Default");
  if (unwanted) await api.remove(`projects/${organization}/${unwanted["projectId"]}/keys/${unwanted["id"]}/`);
}

/** What is only told at the creation is not in Sentry's answer: it stays what the program wrote. */
function stateOf({ organization, defaultKey, defaultRules }: Properties, answer: Value): Found {
  const state = projectFromWire(record(answer, "project"));
  return { id: state.slug, state: { id: state.slug, organization, defaultKey, defaultRules, ...state } };
}
