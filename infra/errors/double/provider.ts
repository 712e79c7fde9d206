import { checkInputs, type Failure } from "./check.ts";
import { functionOf } from "./functions.ts";
import { changedInputs, inputsOf } from "./resource-model.ts";
import { modelOf } from "./resources/index.ts";
import { SentryApi } from "./sentry-api.ts";
import { isUnknown, openProperties, type Properties, sealProperties, type Value } from "./values.ts";

/** What the package is parameterised with; the bridge would fetch this very provider. */
const remote = "registry.opentofu.org/jianyuan/sentry";
const sentryIo = "https://sentry.io/api/";

/** Which resource a call is about. */
export interface Subject {
  readonly type: string;
  readonly name: string;
  readonly id: string;
}

export interface Difference {
  readonly changed: readonly string[];
  /** Those of them that take a new resource. */
  readonly replaces: readonly string[];
}

/** A provider's answers, property for property as the bridge gives them; how they travel is no matter here. */
export class SentryProvider {
  #api: SentryApi | undefined;

  /**
   * Takes the one parameter that the bindings send, and returns the version that stands in it. The version beside it does not
   * count: for a provider that comes from the state, the engine puts the bridge's own there. Throws for another provider.
   */
  parameterize(name: string, value: string): string {
    const parameter = JSON.parse(value) as { remote?: { url?: unknown; version?: unknown } };
    const { url, version } = parameter.remote ?? {};
    if (name !== "sentry" || url !== remote || typeof version !== "string")
      throw new Error(`the double stands for ${remote} as package sentry, not for ${value} as package ${name}`);
    return version;
  }

  /** The token is a secret from here on, whatever it was before. */
  checkConfig(sent: Properties): { inputs: Properties; failures: Failure[] } {
    const { properties, secrets } = openProperties(sent);
    return { inputs: sealProperties(properties, new Set([...secrets, "token"])), failures: [] };
  }

  /** A new token or address is taken up by the next Configure: nothing has to be made anew for it. */
  diffConfig(before: Properties, sent: Properties): Difference {
    const [old, news] = [openProperties(before).properties, openProperties(sent).properties];
    return { changed: ["baseUrl", "token"].filter((name) => old[name] !== news[name]), replaces: [] };
  }

  /** Opens the API, as the real one does: with a look at Sentry's health. Throws where no Sentry is. */
  async configure(sent: Properties): Promise<void> {
    const { baseUrl = sentryIo, token } = openProperties(sent).properties;
    if (isUnknown(token) || isUnknown(baseUrl)) return;
    if (typeof token !== "string" || typeof baseUrl !== "string") throw new Error("the provider needs a token");
    const api = new SentryApi(baseUrl, token);
    if ((await api.find("internal/health/")) === undefined) throw new Error(`there is no sentry at ${baseUrl}`);
    this.#api = api;
  }

  /** @param random hexadecimal digits for a name that the program leaves to the provider */
  check({ type, name }: Subject, before: Properties, sent: Properties, random: string) {
    const model = modelOf(type);
    const { properties, secrets } = openProperties(sent);
    const named = openProperties(before).properties["name"] ?? `${name}-${random.slice(0, 7)}`;
    const inputs = model.named && properties["name"] === undefined ? { ...properties, name: named } : properties;
    return { inputs: sealProperties(inputs, secrets), failures: checkInputs(inputs, model.inputs) };
  }

  diff({ type }: Subject, before: Properties, sent: Properties): Difference {
    const model = modelOf(type);
    const changed = changedInputs(model, openProperties(before).properties, openProperties(sent).properties);
    return { changed, replaces: changed.filter((name) => model.replaces.includes(name)) };
  }

  async create({ type }: Subject, sent: Properties): Promise<{ id: string; state: Properties }> {
    const model = modelOf(type);
    const { properties, secrets } = openProperties(sent);
    const { id, state } = await model.create(this.#sentry, properties);
    return { id, state: sealProperties(state, new Set([...secrets, ...model.secrets])) };
  }

  /** Undefined where it is gone. */
  async read({ type, id }: Subject, before: Properties, written: Properties) {
    const model = modelOf(type);
    const state = openProperties(before);
    if (state.properties["organization"] === undefined) throw new Error(`the double imports nothing: "${id}"`);
    const found = await model.read(this.#sentry, idIn(state.properties, id), state.properties);
    if (found === undefined) return undefined;
    const inputs = openProperties(written);
    const secrets = new Set([...state.secrets, ...inputs.secrets, ...model.secrets]);
    return {
      id: found.id,
      state: sealProperties(found.state, secrets),
      inputs: sealProperties(inputsOf(model, found.state, inputs.properties), secrets),
    };
  }

  async update({ type, id }: Subject, before: Properties, sent: Properties): Promise<Properties> {
    const model = modelOf(type);
    const { properties: state } = openProperties(before);
    const { properties, secrets } = openProperties(sent);
    const after = await model.update(this.#sentry, idIn(state, id), state, properties);
    return sealProperties(after, new Set([...secrets, ...model.secrets]));
  }

  async delete({ type, id }: Subject, before: Properties): Promise<void> {
    const { properties: state } = openProperties(before);
    await modelOf(type).delete(this.#sentry, idIn(state, id), state);
  }

  async invoke(token: string, sent: Properties): Promise<{ result: Properties; failures: Failure[] }> {
    const { inputs, call } = functionOf(token);
    const { properties } = openProperties(sent);
    const failures = checkInputs(properties, inputs);
    return { result: failures.length > 0 ? {} : await call(this.#sentry, properties), failures };
  }

  get #sentry(): SentryApi {
    if (!this.#api) throw new Error("the provider is not configured");
    return this.#api;
  }
}

/** The engine keeps the id of the creation; a slug may have changed since, and the state has the one of today. */
function idIn(state: Properties, id: string): string {
  const own: Value | undefined = state["id"];
  return typeof own === "string" ? own : id;
}
