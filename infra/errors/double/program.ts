import * as sentry from "@pulumi/sentry";

/** What a test changes of the program below. */
export interface Choices {
  readonly baseUrl: string;
  readonly token: string;
  readonly title?: string;
  readonly query?: string;
  readonly crontab?: string;
  readonly teamName?: string;
}

const organization = "golive";

/** One of each resource that the platform makes in Sentry, through an explicit provider. */
export function program({
  baseUrl,
  token,
  title = "New issue",
  query = "is:unresolved",
  crontab = "0 2 * * *",
  teamName = "platform",
}: Choices) {
  const provider = new sentry.Provider("sentry", { baseUrl, token });
  const own = { provider };
  const team = new sentry.Team("team", { organization, name: teamName, slug: "platform" }, own);
  const project = new sentry.Project(
    "backend",
    {
      organization,
      teams: [team.slug],
      name: "golive-backend",
      slug: "golive-backend",
      platform: "node",
      defaultRules: false,
      defaultKey: false,
    },
    own,
  );
  const place = { organization, project: project.slug };
  const key = new sentry.Key("key", { ...place, name: "gateway", rateLimitCount: 1000, rateLimitWindow: 60 }, own);
  new sentry.ProjectInboundDataFilter("crawlers", { ...place, filterId: "web-crawlers", active: true }, own);
  new sentry.ProjectSpikeProtection("spikes", { ...place, enabled: true }, own);
  const errors = sentry.getProjectErrorMonitorOutput({ ...place, first: true }, own);
  const slack = sentry.getOrganizationIntegrationOutput({ organization, providerKey: "slack", name: "golive" }, own);
  const monitor = new sentry.MetricMonitor(
    "errors",
    {
      ...place,
      name: "High error rate",
      aggregate: "count()",
      dataset: "events",
      eventTypes: ["default", "error"],
      query,
      queryType: "error",
      timeWindowSeconds: 300,
      environment: "production",
      owner: { teamId: team.internalId },
      issueDetection: { type: "static" },
      conditionGroup: {
        logicType: "any",
        conditions: [
          { type: "gt", comparison: 100, conditionResult: 75 },
          { type: "gt", comparison: 50, conditionResult: 50 },
          { type: "lte", comparison: 50, conditionResult: 0 },
        ],
      },
    },
    own,
  );
  const cron = new sentry.CronMonitor(
    "backup",
    {
      ...place,
      name: "nightly-backup",
      schedule: { crontab },
      timezone: "UTC",
      checkinMarginMinutes: 10,
      maxRuntimeMinutes: 60,
      failureIssueThreshold: 1,
      recoveryThreshold: 1,
    },
    own,
  );
  new sentry.UptimeMonitor(
    "gateway",
    {
      ...place,
      name: "gateway",
      environment: "production",
      url: "https://gateway.example/api/health",
      method: "GET",
      intervalSeconds: 60,
      timeoutMs: 5000,
    },
    own,
  );
  const alert = new sentry.Alert(
    "new-issue",
    {
      organization,
      name: title,
      monitorIds: [errors.id, monitor.id, cron.id],
      environment: "production",
      frequencyMinutes: 5,
      triggerConditions: [{ firstSeenEvent: {} }],
      actionFilters: [
        {
          logicType: "all",
          conditions: [{ level: { match: "gte", level: 40 } }],
          actions: [{ slack: { integrationId: slack.id, channelName: "#alerts", channelId: "C01" } }],
        },
      ],
    },
    own,
  );
  return { alert: alert.id, dsn: key.dsnPublic, secretDsn: key.dsnSecret };
}
