import * as pulumi from "@pulumi/pulumi";
import * as sentry from "@pulumi/sentry";
import { type TrackerProject, trackerProjects } from "./projects.ts";

export const projectNames = Object.keys(trackerProjects) as TrackerProject[];

/** What never tells of a fault of ours, and is dropped before it counts against the quota. */
export const inboundFilters = {
  // Every error of a server is its own, whoever asked for the page.
  backend: [],
  // Extensions throw in everybody's name; crawlers run half of a page; localhost is a developer with the wrong DSN.
  frontend: ["browser-extensions", "web-crawlers", "localhost"],
} as const satisfies Record<TrackerProject, readonly string[]>;

/** Events that a key takes in a minute. */
export const rateLimitWindowSeconds = 60;

export interface SentryProjectArgs {
  readonly organization: string;
  readonly slug: string;
  /** As Sentry calls it, such as `node`. */
  readonly platform: string;
  /** Slug of the team that it belongs to. */
  readonly team: pulumi.Input<string>;
  readonly eventsPerMinute: number;
  readonly protect: boolean;
}

/** A project with everything that limits it. */
export interface SentryProject {
  readonly slug: pulumi.Output<string>;
  /** Where events are sent. Secret. */
  readonly dsn: pulumi.Output<string>;
  /** Address of check-ins, with a place for the monitor's slug. Secret. */
  readonly checkIns: pulumi.Output<string>;
}

/** Without Sentry's own rule and key: the one would tell in parallel, the other has no limit. */
export function sentryProject(
  name: string,
  project: TrackerProject,
  { organization, slug, platform, team, eventsPerMinute, protect }: SentryProjectArgs,
  opts: { readonly parent: pulumi.Resource; readonly provider: sentry.Provider },
): SentryProject {
  const made = new sentry.Project(
    `${name}-${project}`,
    { organization, name: slug, slug, platform, teams: [team], defaultRules: false, defaultKey: false },
    { ...opts, protect },
  );
  const of = { organization, project: made.slug };
  const key = new sentry.Key(
    `${name}-${project}-key`,
    { ...of, name: "golive", rateLimitCount: eventsPerMinute, rateLimitWindow: rateLimitWindowSeconds },
    // Sentry calls them public since browsers have them; the services' own opens the way for false alarms.
    { ...opts, additionalSecretOutputs: ["dsnPublic", "dsnCsp", "public"] },
  );
  for (const filterId of inboundFilters[project])
    new sentry.ProjectInboundDataFilter(`${name}-${project}-${filterId}`, { ...of, filterId, active: true }, opts);
  new sentry.ProjectSpikeProtection(`${name}-${project}-spikes`, { ...of, enabled: true }, opts);
  return { slug: made.slug, dsn: addressOf(key, "public"), checkIns: addressOf(key, "crons") };
}

/** Who has one can send events in our name. */
function addressOf({ dsn }: sentry.Key, use: "public" | "crons"): pulumi.Output<string> {
  return pulumi.secret(dsn).apply((addresses) => {
    const address = addresses[use];
    if (address === undefined) throw new Error(`sentry's key has no address for ${use}`);
    return address;
  });
}
