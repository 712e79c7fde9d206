export { Alert, type AlertArgs } from "./alert.ts";
export { CronMonitor, type CronMonitorArgs } from "./cron-monitor.ts";
export {
  type GetOrganizationIntegrationOutputArgs,
  type GetOrganizationIntegrationResult,
  getOrganizationIntegrationOutput,
} from "./get-organization-integration.ts";
export {
  type GetProjectErrorMonitorOutputArgs,
  type GetProjectErrorMonitorResult,
  getProjectErrorMonitorOutput,
} from "./get-project-error-monitor.ts";
export {
  type GetProjectIssueStreamMonitorOutputArgs,
  type GetProjectIssueStreamMonitorResult,
  getProjectIssueStreamMonitorOutput,
} from "./get-project-issue-stream-monitor.ts";
export { type GetTeamOutputArgs, type GetTeamResult, getTeamOutput } from "./get-team.ts";
export { IntegrationPagerduty, type IntegrationPagerdutyArgs } from "./integration-pagerduty.ts";
export { Key, type KeyArgs } from "./key.ts";
export { MetricMonitor, type MetricMonitorArgs } from "./metric-monitor.ts";
export { Project, type ProjectArgs } from "./project.ts";
export { ProjectInboundDataFilter, type ProjectInboundDataFilterArgs } from "./project-inbound-data-filter.ts";
export { ProjectSpikeProtection, type ProjectSpikeProtectionArgs } from "./project-spike-protection.ts";
export { Provider, type ProviderArgs } from "./provider.ts";
export { Team, type TeamArgs } from "./team.ts";
export * as types from "./types/index.ts";
export { UptimeMonitor, type UptimeMonitorArgs } from "./uptime-monitor.ts";
