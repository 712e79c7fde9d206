import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { gatewayProblems, imageVersion } from "../gateway/gateway.ts";
import { scrapeTargets } from "../metrics/targets.ts";
import { publishedPorts } from "../ports.ts";
import { dataVolume } from "../server/volume.ts";
import { valkeyConf } from "../valkey/valkey.ts";
import { workloads } from "../workloads.ts";
import { opened, Seen } from "./mocks.ts";
import { runStack } from "./stacks.ts";

let local: Seen;
let production: Seen;
beforeAll(async () => {
  local = await runStack("local");
  production = await runStack("production");
});

// biome-ignore lint/suspicious/noExplicitAny: the tests look into objects of every kind
const container = (seen: Seen, name: string): any =>
  seen.one("Deployment", name).inputs.spec.template.spec.containers[0];
const environment = (env: { name: string; value?: string }[]) =>
  Object.fromEntries(env.map(({ name, value }) => [name, value]));
const configFile = (seen: Seen, name: string, file: string) => {
  const found = seen
    .kind("ConfigMap")
    .find(({ inputs }) => inputs.metadata.name.startsWith(`${name}-`) && file in inputs.data);
  return parse(found?.inputs.data[file]);
};

describe("gateway", () => {
  test("a rollout takes no pod away before its successor is ready, and a drain leaves one", () => {
    const { spec } = local.one("Deployment", "gateway").inputs;
    expect(spec).toMatchObject({
      replicas: 2,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0 } },
    });
    expect(local.one("PodDisruptionBudget", "gateway").inputs.spec).toMatchObject({ minAvailable: 1 });
  });

  test("the kernel's kill comes after the drain", () => {
    const env = environment(container(local, "gateway").env);
    const { terminationGracePeriodSeconds } = local.one("Deployment", "gateway").inputs.spec.template.spec;
    expect(terminationGracePeriodSeconds).toBeGreaterThan(
      Number(env.DRAIN_DELAY_SECONDS) + Number(env.DRAIN_TIMEOUT_SECONDS),
    );
  });

  test("its password is a file, its database is verified by the cluster's own authority", () => {
    const env = environment(container(local, "gateway").env);
    expect(env).toMatchObject({
      PGHOST: "postgres-rw",
      PGUSER: "app",
      PGPASSWORD_FILE: "/run/secrets/postgres/password",
      PGSSLROOTCERT: "/run/secrets/postgres-ca/ca.crt",
      TRACE_RATIO: "1",
      DEPLOYMENT_ENVIRONMENT: "local",
    });
    const { volumes } = local.one("Deployment", "gateway").inputs.spec.template.spec;
    // The authority's own key stays out of the pod.
    expect(volumes.find(({ name }: { name: string }) => name === "ca").secret.items).toEqual([
      { key: "ca.crt", path: "ca.crt" },
    ]);
  });

  test("the version it reports is what runs", () => {
    expect(imageVersion("localhost/golive/gateway:0123456789ab")).toBe("0123456789ab");
    expect(imageVersion(`registry.example:5000/gateway@sha256:${"ab".repeat(32)}`)).toBe("abababababab");
    expect(imageVersion("registry.example:5000/gateway")).toBe("unknown");
  });

  test("fewer than two replicas are refused", () => {
    expect(gatewayProblems({ replicas: 2 })).toEqual([]);
    expect(gatewayProblems({ replicas: 1 })).toHaveLength(1);
  });
});

describe("tracing", () => {
  test("everything listens where probes and Services reach it", () => {
    const config = configFile(local, "jaeger", "jaeger.yaml");
    const endpoints = [
      config.receivers.otlp.protocols.grpc.endpoint,
      config.receivers.otlp.protocols.http.endpoint,
      config.receivers.zipkin.endpoint,
      config.extensions.jaeger_query.http.endpoint,
      config.extensions.healthcheckv2.http.endpoint,
      config.exporters.prometheus.endpoint,
    ];
    const { ports } = workloads.jaeger;
    const expected = [ports["otlp-grpc"], ports["otlp-http"], ports.zipkin, ports.ui, ports.health, ports.spanmetrics];
    expect(endpoints).toEqual(expected.map((port) => `0.0.0.0:${port}`));
  });

  test("spans are kept on a volume for as long as configured, and refused before memory runs out", () => {
    const config = configFile(local, "jaeger", "jaeger.yaml");
    expect(config.extensions.jaeger_storage.backends.spans.badger).toMatchObject({
      ephemeral: false,
      ttl: { spans: "48h" },
    });
    expect(config.processors.memory_limiter.limit_mib).toBeLessThan(400);
    expect(config.service.pipelines.traces.processors[0]).toBe("memory_limiter");
  });
});

describe("metrics", () => {
  test("every job of the table is scraped, in the namespace and on the port of its workload", () => {
    const config = configFile(local, "prometheus", "prometheus.yaml");
    expect(config.scrape_configs.map(({ job_name }: { job_name: string }) => job_name)).toEqual(
      Object.keys(scrapeTargets),
    );
    for (const { workload, port } of Object.values(scrapeTargets))
      expect(workloads[workload].ports).toHaveProperty(port);
    const postgres = config.scrape_configs.find(({ job_name }: { job_name: string }) => job_name === "postgres");
    expect(postgres.kubernetes_sd_configs).toEqual([{ role: "pod", namespaces: { names: ["golive-app"] } }]);
    expect(postgres.relabel_configs[0]).toEqual({
      source_labels: ["__meta_kubernetes_pod_label_cnpg_io_cluster"],
      regex: "postgres",
      action: "keep",
    });
  });

  test("Prometheus may list pods and nothing else, in the namespaces it scrapes and nowhere else", () => {
    const roles = local.kind("Role").filter(({ inputs }) => inputs.metadata.name === "prometheus-pods");
    expect(roles.map(({ inputs }) => inputs.metadata.namespace).sort()).toEqual([
      "cnpg-system",
      "golive-app",
      "golive-observability",
    ]);
    for (const { inputs } of roles)
      expect(inputs.rules).toEqual([{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] }]);
  });

  test("size and age of the samples are bounded", () => {
    expect(configFile(local, "prometheus", "prometheus.yaml").storage.tsdb.retention).toEqual({
      time: "15d",
      size: "1024MB",
    });
  });
});

describe("valkey", () => {
  test("its password is in a Secret and not in its arguments, and its keys fit its memory", () => {
    expect(container(local, "valkey").args).toEqual(["/etc/valkey/valkey.conf"]);
    expect(valkeyConf("pw", "64Mi")).toContain("\nrequirepass pw\nmaxmemory 48mb\n");
    const { url } = opened(local.one("Secret", "valkey-access").inputs.stringData) as { url: string };
    expect(new URL(url).password).toMatch(/^[\w-]{32}$/);
  });
});

describe("published ports", () => {
  test("each has a node port on its own number, and none where nothing is published", () => {
    for (const [name, { node, target }] of Object.entries(publishedPorts))
      expect(local.one("Service", `${name}-published`).inputs.spec).toMatchObject({
        type: "NodePort",
        ports: [{ port: target, nodePort: node }],
      });
    expect(production.kind("Service").filter(({ inputs }) => inputs.spec.type === "NodePort")).toEqual([]);
  });

  test("no two share a host port or a node port, and every node port is one the cluster gives out", () => {
    const ports = Object.values(publishedPorts);
    for (const side of ["host", "node"] as const)
      expect(new Set(ports.map((port) => port[side])).size).toBe(ports.length);
    for (const { node } of ports) expect(node).toBeGreaterThanOrEqual(1024);
  });
});

test("a new seed rolls the pods that read a secret once", () => {
  const annotations = ["gateway", "valkey", "object-store"].map(
    (name) => local.one("Deployment", name).inputs.spec.template.metadata.annotations["golive.dev/secrets"],
  );
  expect(new Set(annotations).size).toBe(1);
  expect(annotations[0]).toMatch(/^[\w-]{8}$/);
});

test("volumes are protected where the stack says so, and where it does not they go with it", async () => {
  await new Seen().start();
  const claim = (protect: boolean) =>
    dataVolume(
      `v-${protect}`,
      { namespace: "n", name: "v", component: "c", storage: "1Gi", protect },
      new pulumi.ComponentResource("t:t:T", `t-${protect}`),
    );
  // Mocks never see the option; the resource itself carries it.
  const isProtected = (volume: pulumi.Resource) => (volume as unknown as { __protect: boolean }).__protect;
  expect([claim(true), claim(false)].map(isProtected)).toEqual([true, false]);
});
