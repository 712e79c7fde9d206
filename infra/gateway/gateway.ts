import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { mebibytes } from "../config/quantities.ts";
import { owned, standardLabels } from "../metadata.ts";
import type { PostgresConnection } from "../postgres/postgres.ts";
import { secretFiles } from "../server/mounts.ts";
import { Server } from "../server/server.ts";
import { workloads } from "../workloads.ts";
import type { GatewayConfig } from "./gateway-schema.ts";
import { gatewaySettings, hasOwnSecret, tokenFolder } from "./gateway-settings.ts";

/** Secret with what the platform's own tokens are signed with; `golive token` reads it. */
export const tokenSecret = { name: "gateway-tokens", key: "current" } as const;

export interface GatewayArgs extends GatewayConfig {
  readonly namespace: pulumi.Input<string>;
  readonly image: string;
  readonly environment: string;
  readonly postgres: PostgresConnection;
  /** Secret whose key `url` reaches the cache. */
  readonly cacheSecret: pulumi.Input<string>;
  /** Secret whose key `backend-dsn` says where errors go; undefined: to the log alone. */
  readonly dsnSecret: pulumi.Input<string> | undefined;
  /** Where people open traces; undefined: errors carry the trace's id alone. */
  readonly traceUiUrl: string | undefined;
  /** Signs the platform's own tokens; used where no identity provider does. */
  readonly tokenKey: pulumi.Output<string>;
  /** Base URL for OTLP over HTTP. */
  readonly otlpEndpoint: string;
  /** Share of traces that are exported, 0–1. */
  readonly traceRatio: number;
  readonly revision: pulumi.Input<string>;
}

/** Seconds: first unready but serving, then the requests in flight; the kernel's kill comes after both. */
const drain = { delay: 5, timeout: 15, grace: 30 };

/** The instrumented API gateway. */
export class Gateway extends pulumi.ComponentResource {
  readonly server: Server;

  constructor(name: string, args: GatewayArgs, opts: pulumi.ComponentResourceOptions) {
    const errors = gatewayProblems(args);
    if (errors.length > 0) throw new pulumi.InputPropertiesError({ message: `gateway "${name}"`, errors });
    const { replicas, traceRatio } = args;
    super("golive:gateway:Gateway", name, { replicas, traceRatio }, opts);
    const tokens = hasOwnSecret(args) ? this.#tokens(name, args) : undefined;
    this.server = new Server(
      `${name}-server`,
      {
        workload: "gateway",
        namespace: args.namespace,
        component: "gateway",
        image: args.image,
        replicas,
        graceSeconds: drain.grace,
        env: gatewayEnvironment(args),
        resources: { cpu: args.cpu, memory: args.memory },
        mounts: [
          secretFiles("password", "/run/secrets/postgres", args.postgres.secret("app"), ["password"]),
          secretFiles("ca", "/run/secrets/postgres-ca", args.postgres.caSecret, ["ca.crt"]),
          ...(tokens ? [secretFiles("tokens", tokenFolder, tokens.metadata.name, [tokenSecret.key])] : []),
          ...(args.dsnSecret === undefined
            ? []
            : [secretFiles("errors", "/run/secrets/errors", args.dsnSecret, ["backend-dsn"])]),
        ],
        probes: {
          // Migrations run before it serves.
          startupProbe: { httpGet: { path: "/livez", port: "http" }, periodSeconds: 2, failureThreshold: 90 },
          livenessProbe: {
            httpGet: { path: "/livez", port: "http" },
            periodSeconds: 10,
            timeoutSeconds: 5,
            failureThreshold: 6,
          },
          readinessProbe: { httpGet: { path: "/readyz", port: "http" }, periodSeconds: 3, timeoutSeconds: 3 },
        },
        servicePorts: ["http"],
        revision: args.revision,
      },
      { parent: this },
    );
    this.registerOutputs({ service: this.server.service.metadata.name });
  }

  #tokens(name: string, { namespace, tokenKey }: GatewayArgs): k8s.core.v1.Secret {
    const labels = standardLabels(tokenSecret.name, "gateway");
    return new k8s.core.v1.Secret(
      `${name}-tokens`,
      {
        metadata: owned({ name: tokenSecret.name, namespace, labels }),
        stringData: { [tokenSecret.key]: tokenKey },
      },
      { parent: this },
    );
  }
}

function gatewayEnvironment(args: GatewayArgs): NonNullable<ConstructorParameters<typeof Server>[1]["env"]> {
  const { postgres } = args;
  return {
    PORT: String(workloads.gateway.ports.http),
    METRICS_PORT: String(workloads.gateway.ports.metrics),
    PGHOST: postgres.host,
    PGPORT: String(postgres.port),
    PGDATABASE: postgres.database,
    PGUSER: "app",
    PGPASSWORD_FILE: "/run/secrets/postgres/password",
    PGSSLROOTCERT: "/run/secrets/postgres-ca/ca.crt",
    VALKEY_URL: { secretKeyRef: { name: args.cacheSecret, key: "url" } },
    ...(args.dsnSecret === undefined ? {} : { SENTRY_DSN_FILE: "/run/secrets/errors/backend-dsn" }),
    ...(args.traceUiUrl === undefined ? {} : { TRACE_UI_URL: args.traceUiUrl }),
    ...gatewaySettings(args),
    OTEL_EXPORTER_OTLP_ENDPOINT: args.otlpEndpoint,
    OTEL_SERVICE_NAME: "gateway",
    TRACE_RATIO: String(args.traceRatio),
    DEPLOYMENT_ENVIRONMENT: args.environment,
    // The tag or digest that runs is the version: it changes with every build and with nothing else.
    SERVICE_VERSION: imageVersion(args.image),
    DRAIN_DELAY_SECONDS: String(drain.delay),
    DRAIN_TIMEOUT_SECONDS: String(drain.timeout),
    // The heap's share of the limit; the rest is buffers, code and stacks.
    NODE_OPTIONS: `--max-old-space-size=${Math.floor(mebibytes(args.memory) * 0.65)}`,
  };
}

/** Tag, or twelve digits of the digest, of an image reference. */
export function imageVersion(image: string): string {
  const digest = /@sha256:([0-9a-f]{12})/.exec(image)?.[1];
  return digest ?? /:([^:/@]+)$/.exec(image)?.[1] ?? "unknown";
}

export function gatewayProblems({
  replicas,
}: Pick<GatewayArgs, "replicas">): { propertyPath: string; reason: string }[] {
  if (Number.isInteger(replicas) && replicas >= 2) return [];
  return [
    {
      propertyPath: "replicas",
      reason: `${replicas} replicas: two at least, or a rollout and a drain stop the service`,
    },
  ];
}
