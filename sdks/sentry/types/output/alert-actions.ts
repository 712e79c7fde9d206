export interface AlertActionFilterAction {
  discord?: AlertActionFilterActionDiscord;
  email?: AlertActionFilterActionEmail;
  github?: AlertActionFilterActionGithub;
  jira?: AlertActionFilterActionJira;
  jiraServer?: AlertActionFilterActionJiraServer;
  msteams?: AlertActionFilterActionMsteams;
  opsgenie?: AlertActionFilterActionOpsgenie;
  pagerduty?: AlertActionFilterActionPagerduty;
  plugin?: AlertActionFilterActionPlugin;
  sentryApp?: AlertActionFilterActionSentryApp;
  slack?: AlertActionFilterActionSlack;
  vsts?: AlertActionFilterActionVsts;
  webhook?: AlertActionFilterActionWebhook;
}

export interface AlertActionFilterActionDiscord {
  channelId: string;
  integrationId: string;
  tags?: string;
}

export interface AlertActionFilterActionEmail {
  /** `AllMembers`, `ActiveMembers` or `NoOne`: who hears of an issue nobody owns. */
  fallthroughType?: string;
  targetId?: string;
  /** `issue_owners`, `team` or `user`; the last two with `targetId`. */
  targetType: string;
}

export interface AlertActionFilterActionGithub {
  assignee?: string;
  integrationId: string;
  labels?: string[];
  repo: string;
}

export interface AlertActionFilterActionJira {
  integrationId: string;
  issueType: string;
  project: string;
}

export interface AlertActionFilterActionJiraServer {
  integrationId: string;
  issueType: string;
  project: string;
}

export interface AlertActionFilterActionMsteams {
  channelName: string;
  integrationId: string;
  teamId: string;
}

export interface AlertActionFilterActionOpsgenie {
  integrationId: string;
  priority: string;
  teamId: string;
  teamName: string;
}

export interface AlertActionFilterActionPagerduty {
  integrationId: string;
  serviceId: string;
  serviceName: string;
  /** `critical`, `error`, `warning` or `info`. */
  severity: string;
}

export type AlertActionFilterActionPlugin = Record<string, never>;

export interface AlertActionFilterActionSentryApp {
  sentryAppId: string;
  settings?: AlertActionFilterActionSentryAppSetting[];
}

export interface AlertActionFilterActionSentryAppSetting {
  label?: string;
  name: string;
  value: string;
}

export interface AlertActionFilterActionSlack {
  /** Spares the look-up by name, which Slack rate-limits. */
  channelId?: string;
  channelName: string;
  integrationId: string;
  notes?: string;
  /** Names of tags, separated by commas. */
  tags?: string;
}

export interface AlertActionFilterActionVsts {
  integrationId: string;
  project: string;
  workItemType: string;
}

export interface AlertActionFilterActionWebhook {
  service: string;
}
