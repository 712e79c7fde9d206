import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../services/gateway/app.ts";
import { readConfig } from "../../services/gateway/config.ts";
import { openParts } from "../../services/gateway/parts.ts";
import { createLogger } from "../../services/gateway/telemetry/log.ts";
import { unconnectedTracker } from "../../services/gateway/tracker/running-tracker.ts";
import { alerts } from "./alerts.ts";
import { type ExpectedMetric, expectedMetrics } from "./expected-metrics.ts";
import { recordingRules } from "./recording-rules.ts";

/** What rules read of the gateway, asked of the gateway's own registry at its start: a rule over a name of nothing never fires. */
describe("the gateway's metrics", () => {
  let folder: string;
  let text: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "golive-metrics-"));
    const secret = join(folder, "secret");
    writeFileSync(secret, "only-for-tests-0123456789-0123456789");
    const config = readConfig({
      AUTH_SECRET_FILE: secret,
      UPSTREAMS: '[{"name":"shop","prefix":"/shop","target":"http://127.0.0.1:9","access":"viewer"}]',
    });
    const identity = { name: "gateway", version: "test", environment: "test" };
    const parts = openParts(config, { identity, log: createLogger("silent"), tracker: unconnectedTracker() });
    createApp(parts);
    text = await parts.metrics.registry.metrics();
    await parts.close();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const exists = (name: string, matcher = "") =>
    new RegExp(`^${name}(_total|_count|_bucket)?${matcher ? `\\{[^}]*${matcher}[^}]*\\}` : "[ {]"}`, "m").test(text);

  test.each(Object.entries<ExpectedMetric>(expectedMetrics))(
    "%s is there before the first event",
    (name, { labels = {} }) => {
      expect(exists(name)).toBe(true);
      for (const [label, values] of Object.entries(labels))
        for (const value of values) expect(exists(name, `${label}="${value}"`), `${label}="${value}"`).toBe(true);
    },
  );

  test("every name that a rule reads of the job gateway is one of its own", () => {
    const queries = [...Object.values(alerts), ...recordingRules].map(({ expr }) => expr);
    const read = queries.flatMap((expr) =>
      [...expr.matchAll(/(\w+)\{[^}]*job="gateway"/g)].map(([, name]) => name ?? ""),
    );
    // Prometheus makes `up` itself; the heap's limit and open files are of the operating system's process.
    const names = [...new Set(read)].filter((name) => name !== "up");
    expect(names.length).toBeGreaterThan(15);
    expect(names.filter((name) => !exists(name) && !exists(name.replace(/_total$/, "")))).toEqual([]);
  });
});
