import type { ResourceModel } from "../resource-model.ts";
import type { SentryApi } from "../sentry-api.ts";
import { boolean, required, string } from "../shape.ts";
import type { Properties } from "../values.ts";
import { record } from "../wire/read.ts";

/** A switch of a project; its id is the project's slug. */
export const projectSpikeProtection: ResourceModel = {
  token: "sentry:index/projectSpikeProtection:ProjectSpikeProtection",
  inputs: { enabled: required(boolean), organization: required(string), project: required(string) },
  replaces: ["organization", "project"],
  secrets: [],
  named: false,
  defaults: {},
  none: [],
  async create(api, inputs) {
    await turn(api, inputs);
    const id = String(inputs["project"]);
    return { id, state: { id, ...inputs } };
  },
  async read(api, id, { organization, project }) {
    const found = await api.find(`projects/${organization}/${project}/`);
    if (found === undefined) return undefined;
    const options = record(record(found, "project")["options"], "options of a project");
    const enabled = options["quotas:spike-protection-disabled"] !== true;
    return { id, state: { id, organization, project, enabled } };
  },
  async update(api, id, _, inputs) {
    await turn(api, inputs);
    return { id, ...inputs };
  },
  async delete(api, _, state) {
    await turn(api, { ...state, enabled: false });
  },
};

async function turn(api: SentryApi, { organization, project, enabled }: Properties): Promise<void> {
  const body = { projects: [project ?? null] };
  await api.send(enabled === true ? "POST" : "DELETE", `organizations/${organization}/spike-protections/`, body);
}
