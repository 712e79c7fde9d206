import type * as pulumi from "@pulumi/pulumi";

export interface AlertActionFilterAction {
  discord?: pulumi.Input<AlertActionFilterActionDiscord>;
  email?: pulumi.Input<AlertActionFilterActionEmail>;
  github?: pulumi.Input<AlertActionFilterActionGithub>;
  jira?: pulumi.Input<AlertActionFilterActionJira>;
  jiraServer?: pulumi.Input<AlertActionFilterActionJiraServer>;
  msteams?: pulumi.Input<AlertActionFilterActionMsteams>;
  opsgenie?: pulumi.Input<AlertActionFilterActionOpsgenie>;
  pagerduty?: pulumi.Input<AlertActionFilterActionPagerduty>;
  plugin?: pulumi.Input<AlertActionFilterActionPlugin>;
  sentryApp?: pulumi.Input<AlertActionFilterActionSentryApp>;
  slack?: pulumi.Input<AlertActionFilterActionSlack>;
  vsts?: pulumi.Input<AlertActionFilterActionVsts>;
  webhook?: pulumi.Input<AlertActionFilterActionWebhook>;
}

export interface AlertActionFilterActionDiscord {
  channelId: pulumi.Input<string>;
  integrationId: pulumi.Input<string>;
  tags?: pulumi.Input<string>;
}

export interface AlertActionFilterActionEmail {
  /** `AllMembers`, `ActiveMembers` or `NoOne`: who hears of an issue nobody owns. */
  fallthroughType?: pulumi.Input<string>;
  targetId?: pulumi.Input<string>;
  /** `issue_owners`, `team` or `user`; the last two with `targetId`. */
  targetType: pulumi.Input<string>;
}

export interface AlertActionFilterActionGithub {
  assignee?: pulumi.Input<string>;
  integrationId: pulumi.Input<string>;
  labels?: pulumi.Input<pulumi.Input<string>[]>;
  repo: pulumi.Input<string>;
}

export interface AlertActionFilterActionJira {
  integrationId: pulumi.Input<string>;
  issueType: pulumi.Input<string>;
  project: pulumi.Input<string>;
}

export interface AlertActionFilterActionJiraServer {
  integrationId: pulumi.Input<string>;
  issueType: pulumi.Input<string>;
  project: pulumi.Input<string>;
}

export interface AlertActionFilterActionMsteams {
  channelName: pulumi.Input<string>;
  integrationId: pulumi.Input<string>;
  teamId: pulumi.Input<string>;
}

export interface AlertActionFilterActionOpsgenie {
  integrationId: pulumi.Input<string>;
  priority: pulumi.Input<string>;
  teamId: pulumi.Input<string>;
  teamName: pulumi.Input<string>;
}

export interface AlertActionFilterActionPagerduty {
  integrationId: pulumi.Input<string>;
  serviceId: pulumi.Input<string>;
  serviceName: pulumi.Input<string>;
  /** `critical`, `error`, `warning` or `info`. */
  severity: pulumi.Input<string>;
}

export type AlertActionFilterActionPlugin = Record<string, never>;

export interface AlertActionFilterActionSentryApp {
  sentryAppId: pulumi.Input<string>;
  settings?: pulumi.Input<pulumi.Input<AlertActionFilterActionSentryAppSetting>[]>;
}

export interface AlertActionFilterActionSentryAppSetting {
  label?: pulumi.Input<string>;
  name: pulumi.Input<string>;
  value: pulumi.Input<string>;
}

export interface AlertActionFilterActionSlack {
  /** Spares the look-up by name, which Slack rate-limits. */
  channelId?: pulumi.Input<string>;
  channelName: pulumi.Input<string>;
  integrationId: pulumi.Input<string>;
  notes?: pulumi.Input<string>;
  /** Names of tags, separated by commas. */
  tags?: pulumi.Input<string>;
}

export interface AlertActionFilterActionVsts {
  integrationId: pulumi.Input<string>;
  project: pulumi.Input<string>;
  workItemType: pulumi.Input<string>;
}

export interface AlertActionFilterActionWebhook {
  service: pulumi.Input<string>;
}
