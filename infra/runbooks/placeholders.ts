import type { PlatformConfig } from "../config/schema.ts";
import { sentryApi } from "../errors/sentry-schema.ts";
import { type PublishedName, portsOf, publishedPorts } from "../ports.ts";
import { workloads } from "../workloads.ts";

/** What stands in the pages as `{{name}}`, because it differs from one environment to the next. */
export const placeholders = {
  stack: "the stack, as golive takes it",
  gateway: "origin of the gateway",
  jaeger: "origin of Jaeger",
  prometheus: "origin of Prometheus",
  alertmanager: "origin of Alertmanager",
  tracker: "where errors are looked at: Bugsink, or the organization in Sentry",
  runbooks: "origin of these pages",
} as const;

export type Placeholder = keyof typeof placeholders;
export type Values = Readonly<Record<Placeholder, string>>;

export interface Environment {
  readonly values: Values;
  /** Start of the namespaces' names. */
  readonly namespacePrefix: string;
  /** Of what the stack publishes on no port: the command that brings it to the address in `values`. */
  readonly forward: Readonly<Partial<Record<PublishedName, string>>>;
}

/** What the pages say in a stack. @param offset added to every published port of this machine */
export function environmentOf(stack: string, config: PlatformConfig, offset = 0): Environment {
  const { errors, tracing, runbooks, publish } = config;
  const local = (name: PublishedName) => `http://localhost:${publishedPorts[name].host + offset}`;
  const known: Partial<Record<PublishedName, string>> = publish.nodePorts
    ? {}
    : { ...ifThere("gateway", errors.sentry?.publicUrl), ...ifThere("jaeger", tracing.uiUrl) };
  const at = (name: PublishedName) => known[name]?.replace(/\/+$/, "") ?? local(name);
  const hidden = publish.nodePorts ? [] : portsOf(errors).filter((name) => known[name] === undefined);
  return {
    values: {
      stack,
      gateway: at("gateway"),
      jaeger: at("jaeger"),
      prometheus: at("prometheus"),
      alertmanager: at("alertmanager"),
      tracker: errors.kind === "bugsink" ? at("bugsink") : sentryPage(errors),
      runbooks: runbooks.url?.replace(/\/+$/, "") ?? at("runbooks"),
    },
    namespacePrefix: config.namespacePrefix,
    forward: Object.fromEntries(hidden.map((name) => [name, forwardCommand(stack, config.namespacePrefix, name)])),
  };
}

const ifThere = (name: PublishedName, value: string | undefined) => (value === undefined ? {} : { [name]: value });

function sentryPage({ sentry }: PlatformConfig["errors"]): string {
  if (sentry === undefined) return "https://sentry.io";
  return sentry.baseUrl === undefined
    ? `https://${sentry.organization}.sentry.io`
    : sentryApi(sentry).replace(/\/api\/$/, "");
}

function forwardCommand(stack: string, prefix: string, name: PublishedName): string {
  const { host, target, workload } = publishedPorts[name];
  const namespace = `${prefix}-${workloads[workload].namespace}`;
  return `GOLIVE_STACK=${stack} ./golive kubectl -n ${namespace} port-forward deployment/${workload} ${host}:${target}`;
}

const marked = /\{\{([a-z][a-z-]*)\}\}/g;
/** Words of Go's templates, which kubectl takes in the same braces. */
const templateWords = new Set(["end", "else", "break", "continue"]);

/** Names in `{{…}}` that no environment has a value for. */
export function unknownPlaceholders(text: string): string[] {
  const names = [...text.matchAll(marked)].map(([, name = ""]) => name);
  return [...new Set(names)].filter((name) => !(name in placeholders) && !templateWords.has(name));
}

/** Pages name the namespaces as most stacks have them; a stack with a prefix of its own gets its own. */
const namespace = /\bgolive-(app|storage|observability)\b/g;

/**
 * Text of a page as it is for an environment.
 * @param quoted makes a value fit its surroundings, as those of a regular expression
 */
export function resolve(text: string, { values, namespacePrefix }: Environment, quoted = (value: string) => value) {
  return text
    .replace(marked, (whole, name: string) => (name in values ? quoted(values[name as Placeholder]) : whole))
    .replace(namespace, (_, part: string) => `${namespacePrefix}-${part}`);
}
