import { GoliveError } from "@golive/errors/golive-error.ts";
import { readNotifyConfig } from "../config/notify.ts";
import { tableText } from "../format.ts";
import { channelsOf, notify } from "../notify/notify.ts";
import type { Verb } from "./verb.ts";

export const notifyTest: Verb = {
  words: "notify test",
  about: "send a test message to every channel that is set up",
  details: "Sends the same way as a failed backup would, with the same time limits, and tells which channel took it.",
  args: [],
  options: [],
  examples: ["golive-backup notify test", "golive-backup notify test --json"],
  reads: ["notify"],
  exits: ["CONFIG_INVALID", "UNHEALTHY"],
  async run({ env, now }) {
    const config = readNotifyConfig(env);
    const channels = channelsOf(config);
    if (channels.length === 0)
      throw new GoliveError(
        "CONFIG_INVALID",
        "no channel is set up",
        "Set BACKUP_SLACK_WEBHOOK_FILE, BACKUP_SMTP_HOST or BACKUP_PAGERDUTY_KEY_FILE.",
      );
    const { environment } = config;
    const text = "This is a test: whoever reads it would have heard of a failed backup.";
    const deliveries = await notify(channels, {
      kind: "test",
      run: "backup",
      environment,
      database: env["PGDATABASE"] || "all databases",
      at: now(),
      text,
    });
    const rows = deliveries.map(({ channel, state, problem }) => [channel, state, problem ?? ""]);
    const failed = deliveries.filter(({ state }) => state === "failed").map(({ channel }) => channel);
    if (failed.length > 0)
      throw new GoliveError(
        "UNHEALTHY",
        `${failed.join(" and ")} did not take the test message: ${deliveries.flatMap(({ problem }) => problem ?? []).join("; ")}`,
        "Check the address, the login and the network; then run the same command again.",
      );
    return { json: { deliveries }, text: tableText(rows) };
  },
};
