import type { AlertCases } from "./alert-case.ts";
import type { AlertName } from "./alerts.ts";
import { backupAlertCases } from "./backup-alert-cases.ts";
import { gatewayAlertCases } from "./gateway-alert-cases.ts";
import { monitoringAlertCases } from "./monitoring-alert-cases.ts";
import { postgresAlertCases } from "./postgres-alert-cases.ts";
import { securityAlertCases } from "./security-alert-cases.ts";
import { sloAlertCases } from "./slo-alert-cases.ts";
import { telemetryAlertCases } from "./telemetry-alert-cases.ts";

/** For each alert: when it fires, when it stays silent although something happens, and what it makes of no data; promtool tries them all. */
export const alertCases: AlertCases<AlertName> = {
  ...sloAlertCases,
  ...gatewayAlertCases,
  ...securityAlertCases,
  ...postgresAlertCases,
  ...backupAlertCases,
  ...telemetryAlertCases,
  ...monitoringAlertCases,
};
