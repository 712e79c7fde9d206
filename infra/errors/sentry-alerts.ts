import * as sentry from "@pulumi/sentry";
import type { AlertSeverity, IssueTrigger } from "./alert-rule.ts";
import { foundId } from "./found-id.ts";
import type { TrackerProject } from "./projects.ts";
import { type Catalogue, rulesOf } from "./rule-checks.ts";
import { atLeast, filterCondition, nameIn, priorities, triggerConditions } from "./sentry-inputs.ts";
import type { Monitor, SentryPlace } from "./sentry-monitors.ts";
import { projectNames } from "./sentry-projects.ts";

type Actions = sentry.types.input.AlertActionFilterAction[];
type SlackAction = sentry.types.input.AlertActionFilterActionSlack;

/**
 * Sentry's alerts have no field for a page: what says where it is are the notes, which Slack shows below the message.
 * @param page address of the page
 */
const withPage = (actions: Actions, page: string | undefined): Actions =>
  page === undefined
    ? actions
    : actions.map((action) =>
        "slack" in action && action.slack
          ? { ...action, slack: { ...(action.slack as SlackAction), notes: `Runbook: ${page}` } }
          : action,
      );

/** Who is told: of a severity everybody, or the loudest alone. */
export type Told = Readonly<Record<AlertSeverity | "loudest", Actions>>;

/** How often one issue of a monitor is told again while it lasts. */
const monitorFrequencyMinutes = 30;

/** Of single issues: on the monitor of errors that every project has from Sentry. */
export function makeIssueAlerts(place: SentryPlace, { alerts }: Catalogue, told: Told): void {
  const { name, organization, environment, projects, pages, opts } = place;
  const monitorOf = (project: TrackerProject) =>
    sentry
      .getProjectErrorMonitorOutput({ organization, project: projects[project].slug, first: true }, opts)
      .id.apply((id) => foundId(id, `monitor of errors of the project for ${project}`));
  const own = Object.fromEntries(projectNames.map((project) => [project, monitorOf(project)]));
  for (const [key, { title, severity, trigger, runbook }] of rulesOf<IssueTrigger>(alerts, "issue"))
    new sentry.Alert(
      `${name}-${key}`,
      {
        organization,
        name: nameIn(title, environment),
        environment,
        monitorIds: trigger.projects.flatMap((project) => own[project] ?? []),
        frequencyMinutes: trigger.frequencyMinutes,
        triggerConditions: [...triggerConditions[trigger.on]],
        actionFilters: [
          {
            logicType: "all",
            conditions: trigger.conditions.map(filterCondition),
            actions: withPage(told[severity], pages && `${pages}${runbook}/`),
          },
        ],
      },
      opts,
    );
}

/**
 * Two alerts serve all monitors, each with one block of actions: more than one ends in an inconsistent result
 * (terraform-provider-sentry#938). The warning is for all of them; the critical one adds the loudest route for those that page.
 * They look at every event, since a monitor sends one when its issue's priority changes: an issue that began as a warning and became
 * critical is neither new nor back. No environment: each monitor has its own.
 */
export function makeMonitorAlerts(place: SentryPlace, monitors: readonly Monitor[], { ticket, loudest }: Told): void {
  const { name, organization, environment, pages, opts } = place;
  const paging = monitors.filter(({ severity }) => severity === "page");
  const alerts = [
    { key: "critical", title: "Critical", told: loudest, priority: priorities.high, of: paging },
    { key: "warning", title: "Warning", told: ticket, priority: priorities.medium, of: monitors },
  ];
  for (const { key, title, told, priority, of } of alerts)
    if (of.length > 0)
      new sentry.Alert(
        `${name}-${key}`,
        {
          organization,
          name: nameIn(title, environment),
          monitorIds: of.map(({ id }) => id),
          frequencyMinutes: monitorFrequencyMinutes,
          triggerConditions: [...triggerConditions["every-event"]],
          // One alert for many monitors: the list of all pages, where the monitor's title is.
          actionFilters: [{ logicType: "all", conditions: [atLeast(priority)], actions: withPage(told, pages) }],
        },
        opts,
      );
}
