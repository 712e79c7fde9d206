import { isRecord, type Properties, type Value } from "../values.ts";
import { alertFaults } from "./alert-rules.ts";
import { created, deleted, found, ok, refuse, refuseFields } from "./answers.ts";
import { monitorFaults } from "./monitor-rules.ts";
import { projectIn } from "./project-routes.ts";
import { type Asked, page, type Route, route, sees } from "./route.ts";
import { type Detector, drop, type Workflow } from "./state.ts";

const alertRead = ["alerts:read", "alerts:write", "org:read", "org:write", "org:admin"];
const alertWrite = ["alerts:write", "org:write", "org:admin"];
const monitorRead = ["alerts:read", "alerts:write", "project:read", "project:write", "project:admin"];
const monitorWrite = ["alerts:write", "project:write", "project:admin"];
const orgRead = ["org:read", "org:write", "org:admin"];
const orgWrite = ["org:write", "org:admin", "org:integrations"];

export const alertRoutes: readonly Route[] = [
  route("GET", "organizations/:org/workflows/", alertRead, (asked) =>
    page(asked, asked.state.workflows.map(workflowAnswer)),
  ),
  route("POST", "organizations/:org/workflows/", alertWrite, (asked) => {
    const { state, body } = asked;
    refuseFields(alertFaults(body, state, seenDetectors(asked)));
    const made = { id: state.id(), body };
    state.workflows.push(made);
    return created(workflowAnswer(made));
  }),
  route("GET", "organizations/:org/workflows/:id/", alertRead, (asked) => ok(workflowAnswer(workflowIn(asked)))),
  route("PUT", "organizations/:org/workflows/:id/", alertWrite, (asked) => {
    const there = workflowIn(asked);
    refuseFields(alertFaults(asked.body, asked.state, seenDetectors(asked)));
    there.body = asked.body;
    return ok(workflowAnswer(there));
  }),
  route("DELETE", "organizations/:org/workflows/:id/", alertWrite, (asked) => {
    const there = workflowIn(asked);
    drop(asked.state.workflows, (one) => one === there);
    return deleted;
  }),
  route("GET", "organizations/:org/detectors/", monitorRead, (asked) => {
    const project = asked.query.get("project");
    const type = asked.query.get("query")?.match(/type:(\S+)/)?.[1];
    const listed = asked.state.detectors
      .filter((one) => sees(asked.rights, one.project.slug))
      .filter((one) => project === null || one.project.id === project)
      .filter((one) => type === undefined || one.type === type);
    return page(
      asked,
      listed.map((one) => detectorAnswer(asked, one)),
    );
  }),
  route("POST", "organizations/:org/projects/:project/detectors/", monitorWrite, (asked) => {
    const { state, body, seats } = asked;
    const project = projectIn(asked);
    refuseFields(monitorFaults(body, state, seats));
    const made = { id: state.id(), type: String(body["type"]), project, body };
    if (made.type === "monitor_check_in_failure" && state.detectors.some((one) => sameCron(one, made)))
      refuseFields({ dataSources: [`The slug "${body["name"]}" is already in use.`] });
    learnEnvironment(asked, made);
    state.detectors.push(made);
    return created(detectorAnswer(asked, made));
  }),
  route("GET", "organizations/:org/detectors/:id/", monitorRead, (asked) =>
    ok(detectorAnswer(asked, detectorIn(asked))),
  ),
  route("PUT", "organizations/:org/detectors/:id/", monitorWrite, (asked) => {
    const there = detectorIn(asked);
    refuseFields(monitorFaults(asked.body, asked.state, asked.seats, there.id));
    there.body = asked.body;
    learnEnvironment(asked, there);
    return ok(detectorAnswer(asked, there));
  }),
  route("DELETE", "organizations/:org/detectors/:id/", monitorWrite, (asked) => {
    const there = detectorIn(asked);
    if (there.type === "error" || there.type === "issue_stream") refuse(403, "This detector cannot be deleted.");
    drop(asked.state.detectors, (one) => one === there);
    return deleted;
  }),
  route("GET", "organizations/:org/integrations/", orgRead, (asked) => {
    const provider = asked.query.get("provider_key");
    const listed = asked.state.integrations.filter((one) => provider === null || one.provider === provider);
    return page(
      asked,
      listed.map(({ id, name, provider: key }) => ({ id, name, provider: { key } })),
    );
  }),
  route("GET", "organizations/:org/integrations/:id/", orgRead, ({ state, params }) => {
    const { id, name, provider, configData } = found(state.integrations.find((one) => one.id === params["id"]));
    return ok({ id, name, provider: { key: provider }, configData });
  }),
  route("POST", "organizations/:org/integrations/:id/", orgWrite, ({ state, params, body }) => {
    const there = found(state.integrations.find((one) => one.id === params["id"]));
    const rows = Array.isArray(body["service_table"]) ? (body["service_table"] as readonly Value[]) : [];
    there.configData = {
      service_table: rows.filter(isRecord).map((row) => ({ ...row, id: row["id"] || state.id() })),
    };
    return ok({ id: there.id, configData: there.configData });
  }),
];

function workflowIn({ state, params }: Asked): Workflow {
  return found(state.workflows.find(({ id }) => id === params["id"]));
}

function detectorIn({ state, params, rights }: Asked): Detector {
  const there = found(state.detectors.find(({ id }) => id === params["id"]));
  if (!sees(rights, there.project.slug)) refuse(403, "You do not have permission to perform this action.");
  return there;
}

function seenDetectors({ state, rights }: Asked): ReadonlySet<string> {
  return new Set(state.detectors.filter(({ project }) => sees(rights, project.slug)).map(({ id }) => id));
}

const sameCron = (one: Detector, other: Detector) =>
  one.type === other.type && one.project === other.project && one.body["name"] === other.body["name"];

/** An uptime monitor makes its environment, where a metric monitor or an alert has to find it. */
function learnEnvironment({ state }: Asked, { type, body }: Detector): void {
  const config = isRecord(body["config"]) ? body["config"] : {};
  if (type === "uptime_domain_failure" && typeof config["environment"] === "string")
    state.environments.add(config["environment"]);
}

const workflowAnswer = ({ id, body }: Workflow): Properties => ({ id, ...body });

function detectorAnswer({ state }: Asked, { id, type, project, body }: Detector): Properties {
  const sources = Array.isArray(body["dataSources"]) ? (body["dataSources"] as readonly Value[]) : [];
  const [kind, owner] = String(body["owner"]).split(":");
  return {
    id,
    type,
    projectId: project.id,
    name: body["name"] ?? null,
    enabled: body["enabled"] ?? true,
    description: body["description"] ?? null,
    owner: body["owner"] ? { type: kind ?? "", id: owner ?? "", name: nameOf(state.teams, owner) } : null,
    config: body["config"] ?? {},
    conditionGroup: body["conditionGroup"] ?? null,
    dataSources: sources.filter(isRecord).map((source) => ({ queryObj: queryAnswer(type, source) })),
  };
}

/** A query is answered without its type, which goes with the dataset; crash rates have no event types. */
function queryAnswer(type: string, source: Properties): Properties {
  if (type !== "metric_issue") return source;
  const { queryType: _, ...query } = source;
  return { snubaQuery: query["dataset"] === "metrics" ? { ...query, eventTypes: [] } : query };
}

function nameOf(teams: readonly { readonly id: string; readonly name: string }[], id: string | undefined): string {
  return teams.find((team) => team.id === id)?.name ?? "";
}
