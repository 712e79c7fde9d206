import { z } from "zod";
import type { ScheduleName } from "../backups/jobs.ts";
import type { ConfigFault } from "../config/faults.ts";
import { key, whole, yesNo } from "../config/kinds.ts";

/** Where Sentry's API is, by where an organization's data are. */
export const sentryRegions = { us: "https://sentry.io/api/", eu: "https://de.sentry.io/api/" } as const;

const slug = z.string().regex(/^(?!\d+$)[a-z0-9][a-z0-9_-]{0,49}$/);
const slugAllowed = "up to 50 characters of a-z, 0-9, - and _, not digits alone";
const name = z.string().trim().min(1).max(200);
const scheduleNames = [
  "backup",
  "verify",
  "prune",
  "drill",
  "drillPointInTime",
  "monitor",
] as const satisfies readonly ScheduleName[];

const platform = (preset: string, description: string) =>
  key(
    z.string().regex(/^[a-z][a-z0-9-]*$/),
    "a platform of Sentry's, like node or javascript-react",
    description,
  ).default(preset);

/** `golive:errors.sentry`: what the program makes in an organization of Sentry. */
export const sentry = z.strictObject({
  organization: key(slug, slugAllowed, "slug of the organization"),
  region: key(z.enum(["us", "eu"]), "us or eu", "where the organization's data are").default("us"),
  baseUrl: key(
    z.url({ protocol: /^https$/ }).regex(/\/api\/$/),
    "an https address that ends in /api/",
    "the API of a Sentry of your own, in place of a region",
  ).optional(),
  alerts: key(
    z.enum(["now", "after-first-event"]),
    "now or after-first-event",
    "Sentry refuses alerts for an environment that it has had no event of: after-first-event for the first up of a stack, then now",
  ),
  team: key(
    slug,
    slugAllowed,
    "a team that exists, which owns the projects and gets the mail; without it one is made, which people have to join",
  ).optional(),
  slack: z
    .strictObject({
      workspace: key(name, "a name", "the workspace, as Sentry's Slack integration shows it"),
      channel: key(z.string().regex(/^#?[^\s#]{1,80}$/), "a channel like alerts", "where tickets and pages are told"),
      channelId: key(
        z.string().regex(/^[CG][A-Z0-9]{6,}$/),
        "an id like C0123456789",
        "of that channel; spares a look-up by name, which Slack limits",
      ).optional(),
    })
    .optional(),
  pagerduty: z
    .strictObject({
      account: key(name, "a name", "the account, as Sentry's PagerDuty integration shows it"),
      service: key(
        name,
        "a name",
        "the service that pages; its integration key is the secret golive:pagerdutyRoutingKey",
      ),
    })
    .optional(),
  email: yesNo("write tickets to the members of the team").default(true),
  platforms: z
    .strictObject({
      backend: platform("node", "what Sentry takes the services for"),
      frontend: platform("javascript", "what Sentry takes the pages for"),
    })
    .prefault({}),
  eventsPerMinute: z
    .strictObject({
      // A replica sends 60 a minute at most: ten of them.
      backend: whole(1, 1_000_000, "events of services that are taken in a minute; the rest is dropped").default(600),
      // Browsers limit nothing: a broken page in every tab would use up the month's quota in an hour.
      frontend: whole(1, 1_000_000, "events of browsers that are taken in a minute; the rest is dropped").default(300),
    })
    .prefault({}),
  publicUrl: key(
    z.url({ protocol: /^https?$/ }).regex(/^[a-z]+:\/\/[^/?#@]+\/?$/),
    "an http(s) address without a path",
    "the gateway as the world reaches it: Sentry asks for /api/health there every minute; without it, nothing",
  ).optional(),
  checkIns: key(
    z.array(z.enum(scheduleNames)),
    `a list of ${scheduleNames.join(", ")}`,
    "schedules of the backups that have a cron monitor; the backup monitor's server checks in for each",
  ).default([...scheduleNames]),
});

export type SentryConfig = z.output<typeof sentry>;

/** Address of the API. */
export const sentryApi = ({ baseUrl, region }: Pick<SentryConfig, "baseUrl" | "region">): string =>
  baseUrl ?? sentryRegions[region];

/** The part of the configuration that these keys have to fit. */
interface SentryContext {
  readonly errors: { readonly kind: string; readonly sentry?: SentryConfig | undefined };
  readonly postgres: { readonly pointInTime: { readonly enabled: boolean } };
}

/** What no single key can say about a Sentry that the program makes. @param secrets those that the stack has */
export function sentryFaults({ errors, postgres }: SentryContext, secrets: ReadonlySet<string>): ConfigFault[] {
  const { kind, sentry: made } = errors;
  const path = "golive:errors.sentry";
  const unset = { given: "nothing", allowed: "a Pulumi secret" };
  const setSecret = (secret: string) => `run: pulumi config set --secret golive:${secret}`;
  if (made === undefined)
    return secrets.has("sentryAuthToken")
      ? [
          {
            path,
            given: "nothing",
            allowed: "what the token is for",
            fix: "add it, or run: pulumi config rm golive:sentryAuthToken",
          },
        ]
      : [];
  const faults: ConfigFault[] = [];
  if (kind !== "sentry")
    faults.push({
      path,
      given: "an organization",
      allowed: `nothing while errors.kind is ${kind}`,
      fix: "remove it or set golive:errors.kind: sentry",
    });
  if (!secrets.has("sentryAuthToken"))
    faults.push({ path: "golive:sentryAuthToken", ...unset, fix: setSecret("sentryAuthToken") });
  if (secrets.has("sentryDsn"))
    faults.push({
      path: "golive:sentryDsn",
      given: "a secret",
      allowed: "nothing while golive:errors.sentry makes the projects",
      fix: "run: pulumi config rm golive:sentryDsn",
    });
  if (secrets.has("sentryCronUrl") && made.checkIns.includes("monitor"))
    faults.push({
      path: "golive:sentryCronUrl",
      given: "a secret",
      allowed: "nothing while golive:errors.sentry.checkIns names monitor",
      fix: "run: pulumi config rm golive:sentryCronUrl",
    });
  if (made.pagerduty && !secrets.has("pagerdutyRoutingKey"))
    faults.push({ path: "golive:pagerdutyRoutingKey", ...unset, fix: setSecret("pagerdutyRoutingKey") });
  if (made.baseUrl !== undefined && made.region !== "us")
    faults.push({
      path: `${path}.region`,
      given: JSON.stringify(made.region),
      allowed: "nothing beside baseUrl",
      fix: "remove one of them",
    });
  if (!made.email && !made.slack)
    faults.push({
      path: `${path}.email`,
      given: "false",
      allowed: "true without golive:errors.sentry.slack",
      fix: "nobody hears of tickets: set it, or add slack",
    });
  if (made.checkIns.includes("drillPointInTime") && !postgres.pointInTime.enabled)
    faults.push({
      path: `${path}.checkIns`,
      given: JSON.stringify(made.checkIns),
      allowed: "no drillPointInTime while postgres.pointInTime is off",
      fix: "remove it: its job is not there to check in",
    });
  if (new Set(made.checkIns).size !== made.checkIns.length)
    faults.push({
      path: `${path}.checkIns`,
      given: JSON.stringify(made.checkIns),
      allowed: "each schedule once",
      fix: "remove the double",
    });
  return faults;
}
