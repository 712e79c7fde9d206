import type { Alerts } from "./alert.ts";
import { backupAlerts } from "./backup-alerts.ts";
import { gatewayAlerts } from "./gateway-alerts.ts";
import { monitoringAlerts } from "./monitoring-alerts.ts";
import { postgresAlerts } from "./postgres-alerts.ts";
import { securityAlerts } from "./security-alerts.ts";
import { sloAlerts } from "./slo-alerts.ts";
import { telemetryAlerts } from "./telemetry-alerts.ts";

/**
 * Every alert names only series that the platform has, or that `expectedMetrics` promises; each is tried three ways: it
 * fires, it stays silent although something happens, and it knows what absent data mean.
 */
export const alerts = {
  ...sloAlerts,
  ...gatewayAlerts,
  ...securityAlerts,
  ...postgresAlerts,
  ...backupAlerts,
  ...telemetryAlerts,
  ...monitoringAlerts,
} as const satisfies Alerts;

export type AlertName = keyof typeof alerts;
