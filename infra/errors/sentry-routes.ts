import type * as pulumi from "@pulumi/pulumi";
import * as sentry from "@pulumi/sentry";
import type { RouteName } from "./alert-routes.ts";
import { foundId } from "./found-id.ts";

/** Who is told, as far as the stack names them. */
export interface SentryRoutes {
  readonly slack?:
    | {
        /** Name of the workspace as Sentry's integration shows it. */
        readonly workspace: string;
        /** With or without its #. */
        readonly channel: string;
        /** Spares the look-up by name, which Slack limits in large workspaces. */
        readonly channelId?: string | undefined;
      }
    | undefined;
  readonly pagerduty?:
    | {
        /** Name of the account as Sentry's integration shows it. */
        readonly account: string;
        /** Name of the service, for people. */
        readonly service: string;
        /** Integration key of the service. */
        readonly key: pulumi.Output<string>;
      }
    | undefined;
  /** The members of the team. */
  readonly email: boolean;
}

type Action = sentry.types.input.AlertActionFilterAction;
/** Where the tags of an event help on-call to choose the page. */
const shownTags = "environment,level,release,subsystem,security_event";

/** One action for each, with integrations looked up by their name; one that is not there fails the look-up, not the alert. */
export function routeActions(
  name: string,
  { slack, pagerduty, email }: SentryRoutes,
  { organization, teamId }: { readonly organization: string; readonly teamId: pulumi.Output<string> },
  { parent, provider }: { readonly parent: pulumi.Resource; readonly provider: sentry.Provider },
): Partial<Readonly<Record<RouteName, Action>>> {
  const integration = (providerKey: string, called: string) =>
    sentry
      .getOrganizationIntegrationOutput({ organization, providerKey, name: called }, { parent, provider })
      .id.apply((id) => foundId(id, `${providerKey} integration "${called}"`));
  const actions: Partial<Record<RouteName, Action>> = {};
  if (slack)
    actions.slack = {
      slack: {
        integrationId: integration("slack", slack.workspace),
        channelName: `#${slack.channel.replace(/^#/, "")}`,
        ...(slack.channelId === undefined ? {} : { channelId: slack.channelId }),
        tags: shownTags,
      },
    };
  if (pagerduty) {
    const service = new sentry.IntegrationPagerduty(
      `${name}-pagerduty`,
      {
        organization,
        integrationId: integration("pagerduty", pagerduty.account),
        service: pagerduty.service,
        integrationKey: pagerduty.key,
      },
      { parent, provider },
    );
    actions.pagerduty = {
      pagerduty: {
        integrationId: service.integrationId,
        serviceId: service.id,
        serviceName: service.service,
        severity: "critical",
      },
    };
  }
  if (email) actions.email = { email: { targetType: "team", targetId: teamId } };
  return actions;
}
