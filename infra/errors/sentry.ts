import * as pulumi from "@pulumi/pulumi";
import * as sentry from "@pulumi/sentry";
import type { ScheduleName } from "../backups/jobs.ts";
import { type RouteName, routesOf } from "./alert-routes.ts";
import { foundId } from "./found-id.ts";
import type { TrackerProject } from "./projects.ts";
import { type Catalogue, catalogue as ownCatalogue } from "./rule-checks.ts";
import { makeIssueAlerts, makeMonitorAlerts, type Told } from "./sentry-alerts.ts";
import {
  type CronPlan,
  makeCronMonitors,
  makeMetricMonitors,
  makeUptimeMonitors,
  type SentryPlace,
} from "./sentry-monitors.ts";
import { sentryProblems } from "./sentry-problems.ts";
import { projectNames, sentryProject } from "./sentry-projects.ts";
import { routeActions, type SentryRoutes } from "./sentry-routes.ts";

export interface SentryArgs extends SentryRoutes {
  /** Slug of the organization. */
  readonly organization: string;
  /** Where the API is, up to and with `/api/`. */
  readonly baseUrl: string;
  /** Of an internal integration; secret. */
  readonly token: pulumi.Output<string>;
  readonly environment: string;
  /** Start of the slugs of everything that is made: an organization may hold several platforms. */
  readonly prefix: string;
  /** Slug of a team that exists. Undefined: one is made, which people have to join. */
  readonly team?: string | undefined;
  readonly platforms: Readonly<Record<TrackerProject, string>>;
  readonly eventsPerMinute: Readonly<Record<TrackerProject, number>>;
  /**
   * Sentry refuses an alert for an environment that it has never heard of, and a new project has heard of none: false until the first
   * event of the environment is there. Projects, keys, and monitors that need no environment are made in either case.
   */
  readonly alerts: boolean;
  /** Origin of the gateway as Sentry reaches it; undefined: nothing is asked from outside. */
  readonly publicUrl?: string | undefined;
  /** Start of the addresses of the alerts' pages, with its slash; undefined: messages have no link. */
  readonly pages?: string | undefined;
  readonly crons: CronPlan;
  /** Deleting a project deletes its events. */
  readonly protect: boolean;
  /** @default the catalogue of `alerts.ts` and `monitors.ts` */
  readonly catalogue?: Catalogue;
}

/** Sentry as this platform wants it: two projects, who may send how much, what is watched, and who is told. */
export class Sentry extends pulumi.ComponentResource {
  /** Where services (`backend`) and browsers (`frontend`) send errors. Secret. */
  readonly dsns: Readonly<Record<TrackerProject, pulumi.Output<string>>>;
  /** Where the job of a schedule checks in. Secret; those that check in alone. */
  readonly checkIns: Partial<Readonly<Record<ScheduleName, pulumi.Output<string>>>>;

  /** @throws InputPropertiesError with every problem at once, before anything is registered */
  constructor(name: string, args: SentryArgs, opts: pulumi.ComponentResourceOptions) {
    const { organization, environment, baseUrl, catalogue = ownCatalogue } = args;
    const errors = sentryProblems(args, catalogue);
    if (errors.length > 0) {
      const message = errors.map(({ propertyPath, reason }) => `${propertyPath}: ${reason}`).join("\n");
      throw new pulumi.InputPropertiesError({ message, errors });
    }
    super("golive:errors:Sentry", name, { organization, environment, baseUrl }, opts);
    const provider = new sentry.Provider(`${name}-api`, { token: args.token, baseUrl }, { parent: this });
    const own = { parent: this, provider };

    const team = teamOf(name, args, own);
    const projects = projectsOf(name, args, team.slug, own);
    const place: SentryPlace = {
      name,
      organization,
      environment,
      projects,
      teamId: team.id,
      pages: args.pages,
      opts: own,
    };
    const told = toldOf(place, args);

    const crons = makeCronMonitors(place, catalogue, args.crons);
    const uptimes = makeUptimeMonitors(place, catalogue, args.publicUrl);
    const metrics = args.alerts ? makeMetricMonitors(place, catalogue) : [];
    if (args.alerts) makeIssueAlerts(place, catalogue, told);
    makeMonitorAlerts(place, [...crons, ...uptimes, ...metrics], told);

    this.dsns = { backend: projects.backend.dsn, frontend: projects.frontend.dsn };
    this.checkIns = Object.fromEntries(crons.map(({ schedule, address }) => [schedule, address]));
    this.registerOutputs({ ...this.dsns });
  }
}

function teamOf(
  name: string,
  { organization, prefix, environment, team: existing }: SentryArgs,
  opts: SentryPlace["opts"],
): { slug: pulumi.Output<string>; id: pulumi.Output<string> } {
  if (existing !== undefined) {
    const found = sentry.getTeamOutput({ organization, slug: existing }, opts);
    return { slug: found.slug, id: found.internalId.apply((id) => foundId(id, `team "${existing}"`)) };
  }
  const slug = `${prefix}-${environment}`;
  const made = new sentry.Team(`${name}-team`, { organization, name: slug, slug }, opts);
  return { slug: made.slug, id: made.internalId };
}

function projectsOf(
  name: string,
  { organization, prefix, environment, platforms, eventsPerMinute, protect }: SentryArgs,
  team: pulumi.Output<string>,
  opts: SentryPlace["opts"],
): SentryPlace["projects"] {
  const made = projectNames.map((project) => {
    const args = {
      organization,
      slug: `${prefix}-${environment}-${project}`,
      platform: platforms[project],
      team,
      eventsPerMinute: eventsPerMinute[project],
      protect,
    };
    return [project, sentryProject(name, project, args, opts)] as const;
  });
  return Object.fromEntries(made) as SentryPlace["projects"];
}

function toldOf({ name, organization, teamId, opts }: SentryPlace, routes: SentryRoutes): Told {
  const actions = routeActions(name, routes, { organization, teamId }, opts);
  const has = (route: RouteName) => actions[route] !== undefined;
  const chosen = (names: readonly RouteName[]) => names.flatMap((route) => actions[route] ?? []);
  return {
    page: chosen(routesOf("page", has)),
    ticket: chosen(routesOf("ticket", has)),
    loudest: chosen(routesOf("page", has).slice(0, 1)),
  };
}
