import type { SecretKey } from "@golive/infra/config/schema.ts";
import type { PlatformConfig } from "@golive/infra/config.ts";

/** What the running stack says; undefined: it was asked and has no such number. */
export interface LiveFacts {
  /** Age of the oldest of the databases' newest proven backups. */
  readonly provenAgeHours: number | undefined;
  /** Age of the oldest of the last drills that passed. */
  readonly drillAgeDays: number | undefined;
  readonly firing: readonly string[];
}

/** Everything that the checks look at. */
export interface ProductionFacts {
  readonly stack: string;
  /** As far as the stack's file is well formed; a missing secret leaves it readable. */
  readonly config: PlatformConfig | undefined;
  /** Faults that keep `golive up` from starting. */
  readonly faults: readonly string[];
  readonly secrets: ReadonlySet<SecretKey>;
  /** `secretsprovider` of the stack's file. */
  readonly secretsProvider: string | undefined;
  /** Where Pulumi keeps the state. */
  readonly backend: string;
  readonly live: LiveFacts | { readonly silent: string };
}

export type State = "pass" | "fail" | "unknown";
export interface Judgement {
  readonly state: State;
  /** What was found. */
  readonly found: string;
}

export interface ProductionCheck {
  readonly title: string;
  /** What to do when it fails: a sentence. */
  readonly fix: string;
  judge(facts: ProductionFacts): Judgement;
}

const judged = (good: boolean, found: string): Judgement => ({ state: good ? "pass" : "fail", found });

/** A check of the configuration: unknown while the file is not well formed. */
const ofConfig =
  (look: (config: PlatformConfig, facts: ProductionFacts) => Judgement): ProductionCheck["judge"] =>
  (facts) =>
    facts.config ? look(facts.config, facts) : { state: "unknown", found: "the stack's file is not well formed" };

const ofLive =
  (look: (live: LiveFacts, facts: ProductionFacts) => Judgement): ProductionCheck["judge"] =>
  (facts) =>
    "silent" in facts.live ? { state: "unknown", found: facts.live.silent } : look(facts.live, facts);

const secret =
  (...names: readonly SecretKey[]): ProductionCheck["judge"] =>
  ({ secrets }) => {
    const there = names.filter((name) => secrets.has(name));
    return judged(there.length > 0, there.length > 0 ? `${there.join(", ")} set` : `none of ${names.join(", ")}`);
  };

/** A name that only ever means a cluster of a developer. */
const localContext = /^(golive|kind-|k3d-|minikube|docker-desktop|rancher-desktop|colima|orbstack)/;

const open = (cidr: string) => /\/0$/.test(cidr);
const most = { provenHours: 26, drillDays: 8 } as const;

/** Everything that a production has to have, by its anchor on the readiness page. The order is that of the page. */
export const productionChecks = {
  configuration: {
    title: "The configuration has no fault",
    fix: "Correct the keys in the stack's file; each message says how.",
    judge: ({ faults, stack }) =>
      judged(faults.length === 0, faults.length === 0 ? `Pulumi.${stack}.yaml is valid` : faults.join("; ")),
  },
  environment: {
    title: "The stack is a protected production",
    fix: "Set golive:environment: production, and leave golive:protect away.",
    judge: ofConfig(({ environment, protect }) =>
      judged(
        environment === "production" && protect,
        `environment ${environment}, ${protect ? "protected" : "not protected"}`,
      ),
    ),
  },
  "kube-context": {
    title: "A kube context is named, and not a local one",
    fix: "Set golive:cluster.kind: context, and golive:cluster.context to the cluster's name in your kubeconfig.",
    judge: ofConfig(({ cluster: { kind, context } }) =>
      judged(kind === "context" && !localContext.test(context), `${kind} ${context}`),
    ),
  },
  "state-backend": {
    title: "The state is not on one machine",
    fix: "Set PULUMI_BACKEND_URL, or backend.url in Pulumi.yaml, to a bucket, like s3://golive-state.",
    judge: ({ backend }) => judged(!backend.startsWith("file:"), backend),
  },
  "secrets-provider": {
    title: "Secrets are encrypted by a key service",
    fix: "Run: pulumi stack change-secrets-provider awskms://… for the stack, and keep secretsprovider in its file.",
    judge: ({ secretsProvider = "passphrase" }) =>
      judged(secretsProvider !== "passphrase" && secretsProvider !== "default", secretsProvider.replace(/\?.*$/, "")),
  },
  "postgres-instances": {
    title: "Three instances of Postgres at least",
    fix: "Set golive:postgres.instances: 3, one a zone.",
    judge: ofConfig(({ postgres: { instances } }) => judged(instances >= 3, `${instances} instances`)),
  },
  durability: {
    title: "A confirmed row is on two instances",
    fix: "Set golive:postgres.durability: required.",
    judge: ofConfig(({ postgres: { durability } }) => judged(durability === "required", durability)),
  },
  "point-in-time": {
    title: "Any moment can be had back",
    fix: "Set golive:postgres.pointInTime.enabled: true.",
    judge: ofConfig(({ postgres: { pointInTime } }) =>
      judged(pointInTime.enabled, pointInTime.enabled ? `${pointInTime.retentionDays} days` : "off"),
    ),
  },
  "backup-store": {
    title: "Backups go to S3, by a bucket that the program makes",
    fix: "Set golive:backups.store: s3, golive:backups.manage: true and golive:aws.",
    judge: ofConfig(({ backups: { store, manage } }) =>
      judged(store === "s3" && manage, `${store}, ${manage ? "managed" : "not managed"}`),
    ),
  },
  "replica-region": {
    title: "Every backup is in a second region",
    fix: "Set golive:backups.replicaRegion to another region than golive:backups.region.",
    judge: ofConfig(({ backups: { replicaRegion, region } }) =>
      judged(replicaRegion !== undefined && replicaRegion !== region, replicaRegion ?? "no second region"),
    ),
  },
  "object-lock": {
    title: "Nobody can delete a backup before its retention ends",
    fix: "Set golive:backups.lock.mode: COMPLIANCE, and lock.days to retention.days at least.",
    judge: ofConfig(({ backups: { lock, retention } }) =>
      judged(
        lock.mode === "COMPLIANCE" && lock.days >= retention.days,
        `${lock.mode}, ${lock.days} of ${retention.days} days`,
      ),
    ),
  },
  escrow: {
    title: "The escrow can open the backups",
    fix: "Run age-keygen on a machine of yours, keep its file away from here, and set golive:backups.escrowRecipient.",
    judge: ofConfig(({ backups: { escrowRecipient } }) =>
      judged(
        escrowRecipient !== undefined,
        escrowRecipient === undefined ? "no escrow recipient" : "a recipient is set",
      ),
    ),
  },
  notifications: {
    title: "Somebody is told",
    fix: "Run: pulumi config set --secret golive:pagerdutyRoutingKey, and golive:slackWebhookUrl.",
    judge: secret("pagerdutyRoutingKey", "slackWebhookUrl"),
  },
  paging: {
    title: "A page wakes somebody",
    fix: "Run: pulumi config set --secret golive:pagerdutyRoutingKey.",
    judge: secret("pagerdutyRoutingKey"),
  },
  "dead-man": {
    title: "The silence of alerting is an alarm",
    fix: "Run: pulumi config set --secret golive:deadmanUrl, with the address of a service that alarms when it is not called.",
    judge: secret("deadmanUrl"),
  },
  heartbeat: {
    title: "The silence of the backups is an alarm",
    fix: "Run: pulumi config set --secret golive:heartbeatUrl, or leave monitor in golive:errors.sentry.checkIns.",
    judge: (facts) =>
      facts.config?.errors.sentry?.checkIns.includes("monitor")
        ? judged(true, "the backup monitor checks in at Sentry")
        : secret("heartbeatUrl", "sentryCronUrl")(facts),
  },
  "runbook-links": {
    title: "Alerts link to their pages",
    fix: "Set golive:runbooks.url to where people open these pages.",
    judge: ofConfig(({ runbooks: { url } }) => judged(url !== undefined, url ?? "no address of the runbooks")),
  },
  sentry: {
    title: "Errors go to Sentry, whose projects the program makes",
    fix: "Set golive:errors.kind: sentry and golive:errors.sentry, and run: pulumi config set --secret golive:sentryAuthToken.",
    judge: ofConfig(({ errors: { kind, sentry } }, { secrets }) =>
      judged(
        kind === "sentry" && sentry !== undefined && secrets.has("sentryAuthToken"),
        `${kind}${sentry === undefined ? "" : ` ${sentry.organization}`}, ${secrets.has("sentryAuthToken") ? "with" : "without"} a token`,
      ),
    ),
  },
  "sentry-alerts": {
    title: "The alert rules are made",
    fix: "After the stack's first event set golive:errors.sentry.alerts: now, and run golive up.",
    judge: ofConfig(({ errors: { sentry } }) => judged(sentry?.alerts === "now", sentry?.alerts ?? "no Sentry")),
  },
  "public-url": {
    title: "The gateway is watched from outside",
    fix: "Set golive:errors.sentry.publicUrl to the gateway as the world reaches it.",
    judge: ofConfig(({ errors: { sentry } }) =>
      judged(sentry?.publicUrl !== undefined, sentry?.publicUrl ?? "no public URL"),
    ),
  },
  sampling: {
    title: "One request in ten to one in five is traced",
    fix: "Set golive:tracing.samplingRatio to a number from 0.1 to 0.2.",
    judge: ofConfig(({ tracing: { samplingRatio } }) =>
      judged(samplingRatio >= 0.1 && samplingRatio <= 0.2, `sampling ratio ${samplingRatio}`),
    ),
  },
  "node-ports": {
    title: "No port is open on the nodes",
    fix: "Set golive:publish.nodePorts: false.",
    judge: ofConfig(({ publish: { nodePorts } }) => judged(!nodePorts, nodePorts ? "node ports are open" : "none")),
  },
  "client-networks": {
    title: "Only your own networks reach the platform's ports",
    fix: "Set golive:publish.clientCidrs to the networks of your load balancers and people, never 0.0.0.0/0.",
    judge: ofConfig(({ publish: { clientCidrs } }) => judged(!clientCidrs.some(open), clientCidrs.join(", "))),
  },
  "proven-backup": {
    title: "The newest proven backup is younger than 26 hours",
    fix: "Follow the page of the alert: golive runbook backup-not-proven.",
    judge: ofLive(({ provenAgeHours: age }) =>
      judged(
        age !== undefined && age < most.provenHours,
        age === undefined ? "no backup is proven" : `${age.toFixed(1)} hours old`,
      ),
    ),
  },
  drill: {
    title: "The last drill is younger than 8 days",
    fix: "Run golive drill, and follow golive runbook backup-drill when it is red.",
    judge: ofLive(({ drillAgeDays: age }) =>
      judged(
        age !== undefined && age < most.drillDays,
        age === undefined ? "no drill has passed" : `${age.toFixed(1)} days old`,
      ),
    ),
  },
  "quiet-alerts": {
    title: "No alert fires",
    fix: "Open each alert's page: golive runbook <page>.",
    judge: ofLive(({ firing }) => judged(firing.length === 0, firing.length === 0 ? "none fires" : firing.join(", "))),
  },
} as const satisfies Readonly<Record<string, ProductionCheck>>;

export type ProductionCheckId = keyof typeof productionChecks;
