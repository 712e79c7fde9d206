/** Alertmanager's routes. Without a paging service every alert goes to the log sink, where people read it. */
export function alertmanagerConfig({ logUrl }: { logUrl: string }): Record<string, unknown> {
  return {
    route: {
      receiver: "log",
      group_by: ["alertname", "environment"],
      // Alerts of one cause arrive together.
      group_wait: "30s",
      group_interval: "5m",
      repeat_interval: "4h",
      routes: [
        {
          matchers: ['alertname = "Watchdog"'],
          receiver: "watchdog",
          group_wait: "0s",
          group_interval: "1m",
          repeat_interval: "1m",
        },
      ],
    },
    inhibit_rules: [
      // A database that is gone explains its instances.
      {
        source_matchers: ['alertname = "PostgresDown"'],
        target_matchers: ['alertname =~ "Postgres.+"', 'alertname != "PostgresDown"'],
        equal: ["environment"],
      },
    ],
    receivers: [
      { name: "log", webhook_configs: [{ url: logUrl, send_resolved: true }] },
      { name: "watchdog", webhook_configs: [{ url: `${logUrl}watchdog`, send_resolved: false }] },
    ],
  };
}
