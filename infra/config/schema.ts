import { z } from "zod";
import { errors } from "../errors/errors-schema.ts";
import { gateway } from "../gateway/gateway-schema.ts";
import { imageNames } from "../images.ts";
import { runbooks } from "../runbooks/runbooks-schema.ts";
import { backups } from "./backups-schema.ts";
import {
  cidrs,
  cidrsAllowed,
  cores,
  digestReference,
  dnsLabel,
  duration,
  goDuration,
  key,
  size,
  whole,
  yesNo,
} from "./kinds.ts";

const cluster = z.strictObject({
  kind: key(
    z.enum(["embedded", "context"]),
    "embedded or context",
    "embedded: Kubernetes started on this machine by golive; context: a cluster that exists",
  ),
  context: key(
    z.string().min(1),
    "the name of a kube context",
    "every call names it, so no other cluster is ever touched",
  ),
  kubeconfig: key(
    z.string().min(1),
    "a path",
    "file that holds the context; without it KUBECONFIG or ~/.kube/config",
  ).optional(),
  apiServerCidrs: key(cidrs, cidrsAllowed, "where the API server is seen from pods, and calls webhooks from"),
  dnsLabel: key(
    z.string().min(1),
    "a value of the label k8s-app",
    "finds the cluster's DNS pods in kube-system",
  ).default("kube-dns"),
});

const postgres = z.strictObject({
  // One instance is refused: any change that rolls the only primary makes CloudNativePG recreate it for ever
  // (cloudnative-pg#11230), and a switchover is what upgrades and drains are made of.
  instances: key(
    z.int().min(2).max(9),
    "a whole number from 2 to 9; never 1: a change that rolls a lone primary restarts it for ever (cloudnative-pg#11230)",
    "PostgreSQL instances: one primary, the others hot standbys",
  ),
  storage: size("volume of each instance; can grow, never shrink"),
  cpu: cores("processor share requested for each instance"),
  memory: size("memory of each instance: request and limit"),
  parameters: key(
    z.record(z.string().regex(/^[a-z_][a-z0-9_.]*$/), z.string()),
    'settings as text, like shared_buffers: "64MB"',
    "postgresql.conf settings; those the operator owns are refused",
  ).default({}),
  durability: key(
    z.enum(["preferred", "required"]),
    "preferred or required",
    "commits wait for one standby; with none there, preferred goes on without and required waits",
  ).default("preferred"),
  pointInTime: z
    .strictObject({
      enabled: yesNo("archive the write-ahead log, so that any moment can be had back").default(true),
      retentionDays: whole(1, 3650, "days back to which any moment can be had").default(30),
      // The plugin refuses an archive that another cluster has written to: the two logs would be one muddle.
      archive: key(
        dnsLabel(40),
        "2 to 40 characters of a-z, 0-9 and -",
        "folder of the archive in its bucket; a cluster that is made anew needs another one",
      ).default("postgres"),
    })
    .prefault({}),
});

/** Every key of `golive:` that is not a secret. */
export const platformSchema = z.strictObject({
  environment: key(dnsLabel(20), "2 to 20 characters of a-z, 0-9 and -", "label on traces, metrics and alerts"),
  owner: key(
    dnsLabel(40),
    "2 to 40 characters of a-z, 0-9 and -",
    "team that answers for the stack: label on every object",
  ).default("platform"),
  namespacePrefix: key(dnsLabel(40), "2 to 40 characters of a-z, 0-9 and -", "start of every namespace's name").default(
    "golive",
  ),
  protect: yesNo("refuse to delete or replace databases and volumes; only a throwaway stack sets false").default(true),
  cluster,
  gateway,
  postgres,
  valkey: z
    .strictObject({ memory: size("memory of the cache; three quarters of it hold keys").default("64Mi") })
    .prefault({}),
  objectStore: z.strictObject({ storage: size("volume of the in-cluster object store") }).optional(),
  backups,
  aws: z
    .strictObject({
      accountId: key(
        z.string().regex(/^\d{12}$/),
        "twelve digits in quotes",
        "account that the bucket is made in; calls to any other are refused",
      ),
      eksCluster: key(
        z.string().regex(/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/),
        "the name of an EKS cluster",
        "its pods are given the roles, by EKS Pod Identity",
      ),
    })
    .optional(),
  tracing: z.strictObject({
    retention: key(goDuration, "a duration like 48h", "how long spans are kept"),
    storage: size("volume of the spans"),
    samplingRatio: key(
      z.number().min(0).max(1),
      "a number from 0 to 1",
      "share of requests that the gateway traces: what tracing costs there",
    ),
    ordinaryShare: key(
      z.number().min(0).max(1),
      "a number from 0 to 1",
      "share of those traces that is stored; traces with an error and slow ones are stored in any case",
    ).default(1),
    slowMs: whole(1, 600_000, "milliseconds from which on a trace is slow").default(1000),
    memory: size("memory of the trace store: request and limit").default("400Mi"),
    uiUrl: key(
      z.url({ protocol: /^https?$/ }),
      "an http(s) address",
      "where people open traces, for the links of errors; on this machine it is known",
    ).optional(),
  }),
  errors,
  metrics: z.strictObject({
    retention: key(duration, "a duration like 15d", "how long samples are kept"),
    retentionSize: size("samples are dropped, oldest first, above this size; at most 80 % of storage"),
    storage: size("volume of the samples"),
    scrapeInterval: key(goDuration, "a duration like 15s", "how often every target is scraped"),
    memory: size("memory of Prometheus: request and limit").default("384Mi"),
  }),
  runbooks,
  publish: z.strictObject({
    nodePorts: yesNo("open the ports of infra/ports.ts on every node"),
    clientCidrs: key(
      cidrs,
      cidrsAllowed,
      "who may call the gateway and the published ports: load balancers, people's networks",
    ),
  }),
  images: key(
    z.partialRecord(z.enum(imageNames), key(digestReference, "name@sha256:…", "an image by digest")),
    `all of ${imageNames.join(", ")}, each as name@sha256:…`,
    "images by digest; without this key they come from the file that GOLIVE_IMAGES names, or are built on this machine",
  ).optional(),
});

/** Keys that Pulumi keeps encrypted; the schema never sees their values. */
export const secretKeys = {
  seed: "every password of the stack is derived from it: pulumi config set --secret golive:seed",
  s3AccessKeyId: "access to a bucket on AWS that is not managed: pulumi config set --secret golive:s3AccessKeyId",
  s3SecretAccessKey:
    "access to a bucket on AWS that is not managed: pulumi config set --secret golive:s3SecretAccessKey",
  slackWebhookUrl: "where failures of backups are told on Slack: pulumi config set --secret golive:slackWebhookUrl",
  pagerdutyRoutingKey:
    "integration key of PagerDuty's Events v2: pulumi config set --secret golive:pagerdutyRoutingKey",
  smtpPassword: "of backups.notifications.smtp.user: pulumi config set --secret golive:smtpPassword",
  heartbeatUrl: "requested after every good look at the backups: pulumi config set --secret golive:heartbeatUrl",
  deadmanUrl:
    "requested every minute while alerts reach somebody, by a service that alarms when it stops: pulumi config set --secret golive:deadmanUrl",
  sentryDsn:
    "where errors go when errors.kind is sentry without errors.sentry: pulumi config set --secret golive:sentryDsn",
  sentryAuthToken:
    "of an internal integration of Sentry's, for errors.sentry: pulumi config set --secret golive:sentryAuthToken",
  sentryCronUrl: "check-in address of a Sentry cron monitor: pulumi config set --secret golive:sentryCronUrl",
} as const;

export type SecretKey = keyof typeof secretKeys;

export type PlatformConfig = z.output<typeof platformSchema>;
