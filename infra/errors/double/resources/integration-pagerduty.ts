import type { ResourceModel } from "../resource-model.ts";
import type { SentryApi } from "../sentry-api.ts";
import { required, string } from "../shape.ts";
import { isRecord, type Properties } from "../values.ts";
import { items, record } from "../wire/read.ts";

/** A row of the table of services that PagerDuty's installation holds; the table is only written as a whole. */
export const integrationPagerduty: ResourceModel = {
  token: "sentry:index/integrationPagerduty:IntegrationPagerduty",
  inputs: {
    integrationId: required(string),
    integrationKey: required(string),
    organization: required(string),
    service: required(string),
  },
  replaces: ["integrationId", "organization"],
  secrets: [],
  named: false,
  defaults: {},
  none: [],
  async create(api, inputs) {
    const before = await rows(api, inputs);
    await write(api, inputs, [
      ...before,
      { service: inputs["service"] ?? null, integration_key: inputs["integrationKey"] ?? null, id: "" },
    ]);
    const known = new Set(before.map(({ id }) => String(id)));
    const made = (await rows(api, inputs)).find(({ id }) => !known.has(String(id)));
    if (!made) throw new Error(`integration "${inputs["integrationId"]}" did not take the service`);
    const id = String(made["id"]);
    return { id, state: { id, ...inputs } };
  },
  async read(api, id, state) {
    const row = (await rows(api, state)).find((one) => String(one["id"]) === id);
    if (!row) return undefined;
    const { organization, integrationId } = state;
    return {
      id,
      state: { id, organization, integrationId, service: row["service"], integrationKey: row["integration_key"] },
    };
  },
  async update(api, id, state, inputs) {
    const row = { service: inputs["service"] ?? null, integration_key: inputs["integrationKey"] ?? null, id };
    await write(
      api,
      state,
      (await rows(api, state)).map((one) => (String(one["id"]) === id ? row : one)),
    );
    return { id, ...inputs };
  },
  async delete(api, id, state) {
    await write(
      api,
      state,
      (await rows(api, state)).filter((one) => String(one["id"]) !== id),
    );
  },
};

const path = ({ organization, integrationId }: Properties) =>
  `organizations/${organization}/integrations/${integrationId}/`;

async function rows(api: SentryApi, at: Properties): Promise<readonly Properties[]> {
  const found = await api.find(path(at));
  if (!isRecord(found)) return [];
  return items(record(found["configData"], "settings of an integration")["service_table"], "table of services");
}

async function write(api: SentryApi, at: Properties, table: readonly Properties[]): Promise<void> {
  await api.send("POST", path(at), { service_table: table });
}
