import type { Found, ResourceModel } from "../resource-model.ts";
import { boolean, number, optional, partial, required, string } from "../shape.ts";
import { isRecord, type Properties, type Value } from "../values.ts";
import { given, record, text } from "../wire/read.ts";

/** Fields of the loader script → their names among the answer's options. */
const loaderOptions = {
  debugEnabled: "hasDebug",
  performanceMonitoringEnabled: "hasPerformance",
  sessionReplayEnabled: "hasReplay",
} as const;

export const key: ResourceModel = {
  token: "sentry:index/key:Key",
  inputs: {
    javascriptLoaderScript: optional(
      partial({
        browserSdkVersion: optional(string),
        debugEnabled: optional(boolean),
        performanceMonitoringEnabled: optional(boolean),
        sessionReplayEnabled: optional(boolean),
      }),
    ),
    name: optional(string),
    organization: required(string),
    project: required(string),
    rateLimitCount: optional(number),
    rateLimitWindow: optional(number),
  },
  replaces: ["organization", "project"],
  secrets: ["dsn", "dsnSecret", "secret"],
  named: true,
  defaults: {},
  none: [],
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

function path({ organization, project }: Properties, id?: string): string {
  return `projects/${organization}/${project}/keys/${id === undefined ? "" : `${id}/`}`;
}

function bodyOf({ name, rateLimitCount: count, rateLimitWindow: window, javascriptLoaderScript: script }: Properties) {
  const limit = count === undefined && window === undefined ? {} : { rateLimit: given({ count, window }) };
  return given({ name, ...limit, ...loaderToWire(script) });
}

function loaderToWire(script: Value | undefined): Properties {
  if (!isRecord(script)) return {};
  const options = Object.entries(loaderOptions).map(([name, wireName]) => [wireName, script[name]] as const);
  return given({
    browserSdkVersion: script["browserSdkVersion"],
    dynamicSdkLoaderOptions: given(Object.fromEntries(options)),
  });
}

function stateOf({ organization, project }: Properties, answer: Value): Found {
  const found = record(answer, "key");
  const id = text(found["id"], "id of a key");
  const dsn = record(found["dsn"], "DSN of a key");
  const limit = isRecord(found["rateLimit"]) ? found["rateLimit"] : {};
  const options = record(found["dynamicSdkLoaderOptions"], "loader options of a key");
  const state = {
    id,
    organization,
    project,
    name: found["name"],
    projectId: String(found["projectId"]),
    public: found["public"],
    secret: found["secret"],
    dsn,
    dsnPublic: dsn["public"],
    dsnSecret: dsn["secret"],
    dsnCsp: dsn["csp"],
    rateLimitCount: limit["count"],
    rateLimitWindow: limit["window"],
    javascriptLoaderScript: given({
      browserSdkVersion: found["browserSdkVersion"],
      ...Object.fromEntries(Object.entries(loaderOptions).map(([name, wireName]) => [name, options[wireName]])),
    }),
  };
  return { id, state };
}
