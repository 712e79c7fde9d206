import { GoliveError } from "@golive/errors/golive-error.ts";
import { startMetricsServer } from "../monitor/metrics-server.ts";
import type { Verb } from "./verb.ts";

export const metricsServer: Verb = {
  words: "metrics-server",
  about: "serve the health of the backups to Prometheus, until stopped",
  details:
    "Makes the checks of `golive-backup monitor` every BACKUP_MONITOR_INTERVAL_SECONDS and serves what they found: /metrics, " +
    "/status.json, /healthz and /readyz. While the backups cannot be listed, what was known of them stays as it was, and " +
    "golive_backup_monitor_errors_total counts. It reads and never writes; it notifies nobody: alerts on its metrics do.",
  args: [],
  options: [],
  examples: ["golive-backup metrics-server", "curl http://localhost:9465/metrics"],
  reads: ["monitor", "store", "keys", "postgres", "retention"],
  exits: ["CONFIG_INVALID", "PORT_TAKEN"],
  statuses: { 0: "stopped by a signal" },
  async run(world) {
    const server = await startMetricsServer(world).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      const port = world.env["BACKUP_METRICS_PORT"] ?? 9465;
      throw new GoliveError("PORT_TAKEN", `port ${port} is in use`, "Set BACKUP_METRICS_PORT to another one.", {
        cause: error,
      });
    });
    world.report(`serving on port ${server.port}`);
    await server.stopped;
    return { json: { stopped: true }, text: "stopped" };
  },
};
