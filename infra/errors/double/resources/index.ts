import type { ResourceModel } from "../resource-model.ts";
import { alert } from "./alert.ts";
import { cronMonitor } from "./cron-monitor.ts";
import { projectInboundDataFilter } from "./inbound-data-filter.ts";
import { integrationPagerduty } from "./integration-pagerduty.ts";
import { key } from "./key.ts";
import { metricMonitor } from "./metric-monitor.ts";
import { project } from "./project.ts";
import { projectSpikeProtection } from "./spike-protection.ts";
import { team } from "./team.ts";
import { uptimeMonitor } from "./uptime-monitor.ts";

export const models: readonly ResourceModel[] = [
  alert,
  cronMonitor,
  integrationPagerduty,
  key,
  metricMonitor,
  project,
  projectInboundDataFilter,
  projectSpikeProtection,
  team,
  uptimeMonitor,
];

/** Throws for a type that the double does not know. @param type as in `sentry:index/alert:Alert` */
export function modelOf(type: string): ResourceModel {
  const model = models.find(({ token }) => token === type);
  if (!model) throw new Error(`the double knows no resource of type "${type}"`);
  return model;
}
