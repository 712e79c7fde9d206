import { isRecord, type Properties, type Value } from "../values.ts";
import { items, record, text } from "../wire/read.ts";

/** Settings of a project that go to the wire under a name of their own or the same. */
const settings = ["digestsMinDelay", "digestsMaxDelay", "resolveAge", "fingerprintingRules", "groupingEnhancements"];

/** Fields of `clientSecurity` → their names on the wire, where they stand beside the settings. */
const clientSecurity = {
  allowedDomains: "allowedDomains",
  scrapeJavascript: "scrapeJavaScript",
  securityToken: "securityToken",
  securityTokenHeader: "securityTokenHeader",
  verifyTlsSsl: "verifySSL",
} as const;

/** Fields of `filters` → the options that hold them, a value a line. */
const filters = {
  blacklistedIps: "filters:blacklisted_ips",
  errorMessages: "filters:error_messages",
  releases: "filters:releases",
} as const;

export function projectToWire(inputs: Properties): Properties {
  const security = isRecord(inputs["clientSecurity"]) ? inputs["clientSecurity"] : {};
  return {
    ...pick(inputs, Object.fromEntries(settings.map((name) => [name, name]))),
    ...pick(security, clientSecurity),
  };
}

export function optionsOf(value: Value | undefined): Properties {
  if (!isRecord(value)) return {};
  const lines = Object.entries(pick(value, filters)).map(([name, values]) => [name, (values as string[]).join("\n")]);
  return { options: Object.fromEntries(lines) };
}

export function projectFromWire(project: Properties) {
  const options = record(project["options"], "options of a project");
  return {
    slug: text(project["slug"], "slug of a project"),
    name: project["name"],
    platform: project["platform"] ?? undefined,
    internalId: project["id"],
    features: project["features"],
    teams: items(project["teams"], "teams of a project").map(({ slug }) => slug ?? null),
    highlightTags: project["highlightTags"] ?? undefined,
    ...Object.fromEntries(settings.map((name) => [name, project[name] ?? undefined])),
    clientSecurity: Object.fromEntries(
      Object.entries(clientSecurity).map(([name, wireName]) => [name, project[wireName] ?? ""]),
    ),
    filters: Object.fromEntries(
      Object.entries(filters).map(([name, option]) => [name, lines(options[option], option)]),
    ),
  };
}

/** The real provider cannot read a project without them either. */
function lines(value: Value | undefined, option: string): readonly string[] {
  const all = text(value, `text for option ${option}`);
  return all === "" ? [] : all.split("\n");
}

function pick(from: Properties, names: Readonly<Record<string, string>>): Properties {
  const found = Object.entries(names).filter(([name]) => from[name] !== undefined);
  return Object.fromEntries(found.map(([name, wireName]) => [wireName, from[name] as Value]));
}
