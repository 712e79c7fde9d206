import { isRecord, type Properties, type Value } from "../values.ts";
import { created, deleted, found, ok, Refusal, refuse, refuseFields } from "./answers.ts";
import { type Asked, page, type Route, route, sees } from "./route.ts";
import { type ClientKey, drop, type Project, type Team } from "./state.ts";

const read = ["project:read", "project:write", "project:admin"];
const write = ["project:write", "project:admin"];
const teamRead = ["team:read", "team:write", "team:admin"];
const teamWrite = ["team:write", "team:admin"];
const knownFilters = ["browser-extensions", "localhost", "web-crawlers", "filtered-transaction", "legacy-browsers"];

export const projectRoutes: readonly Route[] = [
  route("POST", "organizations/:org/teams/", teamWrite, ({ state, body }) => {
    const name = String(body["name"] ?? body["slug"] ?? "");
    if (name === "") refuseFields({ name: ["Name or slug is required"] });
    const slug = String(body["slug"] ?? slugOf(name));
    if (state.teams.some((team) => team.slug === slug)) refuse(409, "A team with this slug already exists.");
    const team = { id: state.id(), name, slug };
    state.teams.push(team);
    return created(teamAnswer(team));
  }),
  route("GET", "teams/:org/:team/", teamRead, (asked) => ok(teamAnswer(teamIn(asked)))),
  route("PUT", "teams/:org/:team/", teamWrite, (asked) => {
    const team = teamIn(asked);
    Object.assign(team, pick(asked.body, ["name", "slug"]));
    return ok(teamAnswer(team));
  }),
  route("DELETE", "teams/:org/:team/", teamWrite, (asked) => {
    const team = teamIn(asked);
    drop(asked.state.teams, (one) => one === team);
    return deleted;
  }),
  route("POST", "teams/:org/:team/projects/", write, (asked) => {
    const { state, body } = asked;
    const team = teamIn(asked);
    const name = String(body["name"] ?? "");
    const slug = String(body["slug"] ?? slugOf(name));
    if (name === "") refuseFields({ name: ["This field is required."] });
    if (state.projects.some((one) => one.slug === slug)) refuse(409, "A project with this slug already exists.");
    const options = { "filters:blacklisted_ips": "", "filters:error_messages": "", "filters:releases": "" };
    const made: Project = { id: state.id(), slug, name, teams: [team.slug], settings: {}, options, filters: {} };
    if (body["platform"] !== undefined) made.settings["platform"] = body["platform"];
    state.addProject(made, { defaultRules: body["default_rules"] !== false });
    return created(projectAnswer(asked, made));
  }),
  route("GET", "projects/:org/:project/", read, (asked) => ok(projectAnswer(asked, projectIn(asked)))),
  route("PUT", "projects/:org/:project/", write, (asked) => {
    const project = projectIn(asked);
    const { options, name, slug, ...settings } = asked.body;
    if (slug !== undefined && slug !== project.slug) asked.state.renameProject(project.slug, String(slug));
    if (name !== undefined) project.name = String(name);
    Object.assign(project.settings, settings);
    if (isRecord(options)) Object.assign(project.options, options);
    return ok(projectAnswer(asked, project));
  }),
  route("DELETE", "projects/:org/:project/", ["project:admin"], (asked) => {
    asked.state.removeProject(projectIn(asked));
    return deleted;
  }),
  route("POST", "projects/:org/:project/teams/:team/", write, (asked) => {
    const project = projectIn(asked);
    project.teams.push(teamIn(asked).slug);
    return created(projectAnswer(asked, project));
  }),
  route("DELETE", "projects/:org/:project/teams/:team/", write, (asked) => {
    const project = projectIn(asked);
    drop(project.teams, (slug) => slug === asked.params["team"]);
    return ok(projectAnswer(asked, project));
  }),
  route("GET", "projects/:org/:project/keys/", read, (asked) => {
    const project = projectIn(asked);
    return page(
      asked,
      asked.state.keys.filter((key) => key.project === project).map((key) => keyAnswer(asked, key)),
    );
  }),
  route("POST", "projects/:org/:project/keys/", write, (asked) => {
    const key = { id: `k${asked.state.id()}`, project: projectIn(asked), name: "", rateLimit: null, script: {} };
    setKey(key, asked.body);
    asked.state.keys.push(key);
    return created(keyAnswer(asked, key));
  }),
  route("GET", "projects/:org/:project/keys/:key/", read, (asked) => ok(keyAnswer(asked, keyIn(asked)))),
  route("PUT", "projects/:org/:project/keys/:key/", write, (asked) => {
    const key = keyIn(asked);
    setKey(key, asked.body);
    return ok(keyAnswer(asked, key));
  }),
  route("DELETE", "projects/:org/:project/keys/:key/", ["project:admin"], (asked) => {
    const key = keyIn(asked);
    drop(asked.state.keys, (one) => one === key);
    return deleted;
  }),
  route("GET", "projects/:org/:project/filters/", read, (asked) => {
    const { filters } = projectIn(asked);
    const off = (id: string): Value => (id === "legacy-browsers" ? [] : false);
    return ok(knownFilters.map((id) => ({ id, active: filters[id] ?? off(id) })));
  }),
  route("PUT", "projects/:org/:project/filters/:filter/", write, (asked) => {
    const { filter = "" } = asked.params;
    if (!knownFilters.includes(filter)) refuse(404, "The requested resource does not exist");
    projectIn(asked).filters[filter] = asked.body["subfilters"] ?? asked.body["active"] ?? false;
    return { status: 204, body: null };
  }),
  ...(["POST", "DELETE"] as const).map((method) =>
    route(method, "organizations/:org/spike-protections/", [...write, "org:write"], ({ state, body }) => {
      const slugs = Array.isArray(body["projects"]) ? body["projects"].map(String) : [];
      for (const slug of slugs)
        found(state.projects.find((one) => one.slug === slug)).options["quotas:spike-protection-disabled"] =
          method === "DELETE";
      return { status: method === "POST" ? 201 : 200, body: null };
    }),
  ),
];

/** By slug or number. Throws the redirect of a project that somebody renamed, 403 for one the token does not see. */
export function projectIn({ state, rights, params, origin, path }: Asked): Project {
  const { project: asked = "" } = params;
  const project = state.projects.find(({ id, slug }) => slug === asked || id === asked);
  const moved = state.moved.get(asked);
  if (!project && moved !== undefined) {
    const location = `${origin}/${path.replace(`/${asked}/`, `/${moved}/`)}`;
    throw new Refusal({
      status: 302,
      body: { slug: moved, detail: { extra: { slug: moved } } },
      headers: { location },
    });
  }
  const there = found(project);
  if (!sees(rights, there.slug)) refuse(403, "You do not have permission to perform this action.");
  return there;
}

const teamIn = ({ state, params }: Asked): Team => found(state.teams.find(({ slug }) => slug === params["team"]));

function keyIn(asked: Asked): ClientKey {
  const project = projectIn(asked);
  return found(asked.state.keys.find((key) => key.id === asked.params["key"] && key.project === project));
}

function setKey(key: ClientKey, body: Properties): void {
  if (body["name"] !== undefined) key.name = String(body["name"]);
  if (body["rateLimit"] !== undefined) key.rateLimit = body["rateLimit"];
  key.script = { ...key.script, ...pick(body, ["browserSdkVersion", "dynamicSdkLoaderOptions"]) };
}

function teamAnswer({ id, name, slug }: Team): Properties {
  return { id, name, slug, hasAccess: true, isMember: false, isPending: false };
}

function projectAnswer({ state }: Asked, { id, slug, name, teams, settings, options }: Project): Properties {
  return {
    platform: null,
    features: ["alert-filters"],
    digestsMinDelay: 300,
    digestsMaxDelay: 1800,
    resolveAge: 0,
    fingerprintingRules: "",
    groupingEnhancements: "",
    allowedDomains: ["*"],
    scrapeJavaScript: true,
    securityToken: "",
    securityTokenHeader: null,
    verifySSL: false,
    highlightTags: [],
    ...settings,
    id,
    slug,
    name,
    options: { "quotas:spike-protection-disabled": false, ...options },
    organization: { slug: state.organization },
    teams: teams.map((team) => ({ slug: team })),
  };
}

function keyAnswer({ origin }: Asked, { id, project, name, rateLimit, script }: ClientKey): Properties {
  const { host } = new URL(origin);
  const options = isRecord(script["dynamicSdkLoaderOptions"]) ? script["dynamicSdkLoaderOptions"] : {};
  const [open, secret] = [`public-${id}`, `secret-${id}`];
  return {
    id,
    name,
    projectId: Number(project.id),
    public: open,
    secret,
    rateLimit,
    browserSdkVersion: "10.x",
    dynamicSdkLoaderOptions: { hasDebug: false, hasPerformance: true, hasReplay: true, ...options },
    ...pick(script, ["browserSdkVersion"]),
    dsn: {
      public: `https://${open}@${host}/${project.id}`,
      secret: `https://${open}:${secret}@${host}/${project.id}`,
      csp: `https://${host}/api/${project.id}/csp-report/?sentry_key=${open}`,
      crons: `https://${host}/api/${project.id}/cron/___MONITOR_SLUG___/${open}/`,
    },
  };
}

const slugOf = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");

function pick(from: Properties, names: readonly string[]): Record<string, Value> {
  return Object.fromEntries(names.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name] as Value]])));
}
