import { map, number, optional, required, string } from "../shape.ts";
import { isRecord, type Value } from "../values.ts";
import { dataSource } from "../wire/monitor-body.ts";
import { present, record } from "../wire/read.ts";
import { monitor } from "./monitor.ts";

export const uptimeMonitor = monitor({
  token: "sentry:index/uptimeMonitor:UptimeMonitor",
  type: "uptime_domain_failure",
  inputs: {
    assertionJson: optional(string),
    body: optional(string),
    downtimeThreshold: optional(number),
    environment: required(string),
    headers: optional(map(string)),
    intervalSeconds: required(number),
    method: required(string),
    recoveryThreshold: optional(number),
    timeoutMs: required(number),
    url: required(string),
  },
  defaults: { downtimeThreshold: 3, headers: {}, recoveryThreshold: 1 },
  none: ["assertionJson", "body"],
  toWire(inputs) {
    const assertion = inputs["assertionJson"];
    return {
      config: {
        downtimeThreshold: inputs["downtimeThreshold"] ?? null,
        environment: inputs["environment"] ?? null,
        // 1: made by a person or a program, 3: Sentry's own guess.
        mode: 1,
        recoveryThreshold: inputs["recoveryThreshold"] ?? null,
      },
      dataSources: [
        {
          assertion: typeof assertion === "string" ? (JSON.parse(assertion) as Value) : null,
          body: inputs["body"] ?? null,
          headers: isRecord(inputs["headers"]) ? Object.entries(inputs["headers"]) : [],
          intervalSeconds: inputs["intervalSeconds"] ?? null,
          method: inputs["method"] ?? null,
          timeoutMs: inputs["timeoutMs"] ?? null,
          traceSampling: false,
          url: inputs["url"] ?? null,
        },
      ],
    };
  },
  fromWire(found) {
    const config = record(found["config"], "config");
    const source = dataSource(found);
    const assertion = present(source["assertion"]);
    return {
      assertionJson: assertion === undefined ? undefined : JSON.stringify(assertion),
      body: present(source["body"]),
      downtimeThreshold: config["downtimeThreshold"],
      environment: config["environment"],
      headers: Object.fromEntries((source["headers"] ?? []) as [string, Value][]),
      intervalSeconds: source["intervalSeconds"],
      method: source["method"],
      recoveryThreshold: config["recoveryThreshold"],
      timeoutMs: source["timeoutMs"],
      url: source["url"],
    };
  },
});
