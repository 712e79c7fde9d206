import type { SentryApi } from "./sentry-api.ts";
import { boolean, type Fields, optional, required, string } from "./shape.ts";
import type { Properties } from "./values.ts";
import { ownerFromWire } from "./wire/monitor-body.ts";
import { given, items, record } from "./wire/read.ts";

/** A look-up of something that is not the program's own. */
export interface FunctionModel {
  readonly token: string;
  readonly inputs: Fields;
  /** Throws where there is none, or not exactly one: an empty id would be worse than an error. */
  call(api: SentryApi, args: Properties): Promise<Properties>;
}

const monitorInputs: Fields = {
  first: optional(boolean),
  organization: required(string),
  project: required(string),
};

const integration: FunctionModel = {
  token: "sentry:index/getOrganizationIntegration:getOrganizationIntegration",
  inputs: { name: required(string), organization: required(string), providerKey: required(string) },
  async call(api, { organization, providerKey, name }) {
    const path = `organizations/${organization}/integrations/?provider_key=${providerKey}`;
    const found = items(await api.list(path), "integrations").filter((one) => one["name"] === name);
    const [only] = found;
    if (!only || found.length > 1)
      throw new Error(`${found.length} integrations of "${providerKey}" are named "${name}"`);
    const id = only["id"] ?? null;
    return given({ id, internalId: id, name, organization, providerKey });
  },
};

const team: FunctionModel = {
  token: "sentry:index/getTeam:getTeam",
  inputs: { organization: required(string), slug: required(string) },
  async call(api, { organization, slug }) {
    const found = record(await api.send("GET", `teams/${organization}/${slug}/`), "team");
    const { id: internalId, name, hasAccess, isMember, isPending } = found;
    return given({ id: slug, internalId, name, slug, organization, hasAccess, isMember, isPending });
  },
};

export const functions: readonly FunctionModel[] = [
  integration,
  team,
  defaultMonitor("sentry:index/getProjectErrorMonitor:getProjectErrorMonitor", "error"),
  defaultMonitor("sentry:index/getProjectIssueStreamMonitor:getProjectIssueStreamMonitor", "issue_stream"),
];

export function functionOf(token: string): FunctionModel {
  const found = functions.find((one) => one.token === token);
  if (!found) throw new Error(`the double knows no function "${token}"`);
  return found;
}

/** One that Sentry makes with every project. */
function defaultMonitor(token: string, type: string): FunctionModel {
  return {
    token,
    inputs: monitorInputs,
    async call(api, args) {
      const { organization, project, first } = args;
      const at = record(await api.send("GET", `projects/${organization}/${project}/`), "project");
      const query = `project=${at["id"]}&query=${encodeURIComponent(`type:${type}`)}`;
      const found = items(await api.list(`organizations/${organization}/detectors/?${query}`), "monitors");
      const [monitor] = found;
      if (!monitor) throw new Error(`project "${project}" has no monitor of type "${type}"`);
      if (found.length > 1 && first !== true)
        throw new Error(
          `project "${project}" has ${found.length} monitors of type "${type}": set "first" to take the first`,
        );
      const { id, name, enabled } = monitor;
      return given({ ...args, id, name, enabled, owner: ownerFromWire(monitor["owner"]) ?? {} });
    },
  };
}
