import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { type PlatformConfig, parsePlatformConfig } from "../config.ts";
import { environmentOf, resolve, unknownPlaceholders } from "./placeholders.ts";

const config = (change: (raw: Record<string, Record<string, unknown>>) => void = () => {}): PlatformConfig => {
  const file = join(import.meta.dirname, "../../Pulumi.local.yaml");
  const { config: raw } = parse(readFileSync(file, "utf8")) as { config: Record<string, Record<string, unknown>> };
  change(raw);
  return parsePlatformConfig(raw);
};

test("published ports are this machine's, moved by the offset", () => {
  const { values, forward } = environmentOf("local", config(), 10_000);
  expect(values).toEqual({
    stack: "local",
    gateway: "http://localhost:18000",
    jaeger: "http://localhost:26686",
    prometheus: "http://localhost:19090",
    alertmanager: "http://localhost:19093",
    tracker: "http://localhost:18001",
    runbooks: "http://localhost:13000",
  });
  expect(forward).toEqual({});
});

test("what is published on no port has the command that brings it here; what has an address of its own has that", () => {
  const { values, forward } = environmentOf(
    "production",
    config((raw) => {
      raw["golive:publish"] = { nodePorts: false, clientCidrs: ["10.0.0.0/8"] };
      raw["golive:tracing"] = { ...raw["golive:tracing"], uiUrl: "https://traces.example.org/" };
      raw["golive:runbooks"] = { url: "https://runbooks.example.org/" };
      raw["golive:errors"] = { kind: "none" };
    }),
  );
  expect(values).toMatchObject({ jaeger: "https://traces.example.org", runbooks: "https://runbooks.example.org" });
  expect(forward.prometheus).toBe(
    "GOLIVE_STACK=production ./golive kubectl -n golive-observability port-forward deployment/prometheus 9090:9090",
  );
  expect(forward).not.toHaveProperty("jaeger");
  expect(forward).not.toHaveProperty("bugsink");
});

test("values and the stack's own namespaces are put in, and nothing else in braces", () => {
  const environment = environmentOf("e2e", { ...config(), namespacePrefix: "golive-e2e" });
  expect(resolve("{{stack}} golive-app golive-applied {{ $labels.pod }} {{end}}", environment)).toBe(
    "e2e golive-e2e-app golive-applied {{ $labels.pod }} {{end}}",
  );
  expect(unknownPlaceholders("{{stack}} {{grafana}} {{ $value }} {{end}} {{grafana}}")).toEqual(["grafana"]);
});
