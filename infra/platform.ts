import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { Backups, storeServiceAccounts } from "./backups/backups.ts";
import type { Channels } from "./backups/channels.ts";
import type { PlatformConfig } from "./config.ts";
import { dsnSecret } from "./errors/dsn-secret.ts";
import { Errors } from "./errors/errors.ts";
import { runCheckIns } from "./errors/run-check-ins.ts";
import { Sentry } from "./errors/sentry.ts";
import { sentryArgs } from "./errors/sentry-args.ts";
import { trackerSecrets } from "./errors/tracker-secrets.ts";
import { Gateway } from "./gateway/gateway.ts";
import type { Images } from "./images.ts";
import { type AlertReceivers, alertReceivers } from "./metrics/alert-receivers.ts";
import { Metrics } from "./metrics/metrics.ts";
import { namespaceNames } from "./names.ts";
import { Namespaces } from "./namespaces/namespaces.ts";
import { circumstances, copiesTraces } from "./network/circumstances.ts";
import { edgesWhen } from "./network/edges.ts";
import { Network } from "./network/network.ts";
import { type PlatformOutputs, platformOutputs } from "./outputs.ts";
import { labelledAs } from "./ownership.ts";
import { portsOf, publishedUrls } from "./ports.ts";
import { clusterName } from "./postgres/cluster-names.ts";
import { PostgresOperator } from "./postgres/operator.ts";
import type { ManifestObject } from "./postgres/operator-manifest.ts";
import { BaseBackups, PointInTime } from "./postgres/point-in-time.ts";
import { Postgres } from "./postgres/postgres.ts";
import { drillCluster } from "./postgres/recovery-spec.ts";
import { Publish } from "./publish/publish.ts";
import { Runbooks } from "./runbooks/runbooks.ts";
import { alertPages } from "./runbooks/runbooks-schema.ts";
import type { StackSecrets } from "./stack-secrets.ts";
import type { ManagedStore, ManagedStoreArgs } from "./storage/aws/managed-store.ts";
import { ObjectStore } from "./storage/object-store.ts";
import { clusterAccessKey, clusterAccessKeys, type StoreAccount, storeAccounts } from "./storage/store-accounts.ts";
import { Tracing } from "./tracing/tracing.ts";
import { Valkey } from "./valkey/valkey.ts";

export interface PlatformInputs {
  readonly config: PlatformConfig;
  readonly images: Images;
  readonly operatorObjects: readonly ManifestObject[];
  readonly secrets: StackSecrets;
  /** Key of a bucket on AWS that is not managed; asked for only when backups go there. */
  readonly s3Account: () => { accessKeyId: pulumi.Output<string>; secretAccessKey: pulumi.Output<string> };
  /** Who is told how the backups are. */
  readonly channels: Channels;
  /** DSN of a project that people made; asked for only when errors go there. */
  readonly sentryDsn: () => pulumi.Output<string>;
  /** Token for Sentry's API; asked for only when the program makes the projects. */
  readonly sentryToken: () => pulumi.Output<string>;
  /** Address that is told that alerts reach somebody; undefined: nobody waits for that. */
  readonly deadmanUrl: pulumi.Output<string> | undefined;
  /** Makes the bucket on AWS; loaded only where one is managed. */
  readonly managedStore: ((name: string, args: ManagedStoreArgs) => ManagedStore) | undefined;
  readonly cluster: { readonly kubeconfig: pulumi.Input<string>; readonly context: string };
}

/** The platform, in the order in which its parts need each other. */
export function platform(inputs: PlatformInputs): PlatformOutputs {
  const { config, images, operatorObjects, secrets, s3Account, sentryToken, deadmanUrl, managedStore, cluster } =
    inputs;
  const { environment, protect, publish, backups: plan } = config;
  const names = namespaceNames(config.namespacePrefix);
  const around = {
    ...config.cluster,
    ...publish,
    namespaces: names,
    storeCidrs: plan.storeCidrs,
    channelCidrs: plan.notifications.cidrs,
    identityCidrs: config.gateway.auth.cidrs,
    sentryCidrs: config.errors.cidrs,
  };
  const { revision, derive } = secrets;
  const pages = alertPages(config.runbooks.url ?? (publish.nodePorts ? publishedUrls().runbooks : undefined));

  // First: what runs in the cluster is given the addresses that it makes.
  const sentry = config.errors.sentry
    ? new Sentry(
        "sentry",
        sentryArgs(config, config.errors.sentry, sentryToken(), inputs.channels.pagerdutyRoutingKey, pages),
        {},
      )
    : undefined;
  const sentryDsn = () => sentry?.dsns.backend ?? inputs.sentryDsn();
  const runs = sentry && runCheckIns(sentry.checkIns);
  const channels: Channels = {
    ...inputs.channels,
    ...(sentry?.checkIns.monitor ? { sentryCronUrl: sentry.checkIns.monitor } : {}),
    ...(runs ? { sentryCheckIns: runs } : {}),
  };

  const provider = new k8s.Provider("cluster", { ...cluster, clusterIdentifier: cluster.context });
  const on = { providers: { kubernetes: provider }, transformations: [labelledAs(config)] };
  const namespaces = new Namespaces("namespaces", { names }, on);
  const told = alertChannels(config, channels, deadmanUrl);
  const edges = edgesWhen(circumstances(config, channels, told !== undefined));
  const network = new Network("network", { namespaces, edges, around, upstreams: config.gateway.upstreams }, on);
  // No pod starts before its namespace refuses what no edge allows.
  const behindNetwork = { ...on, dependsOn: [...network.policies] };
  const { app, storage, observability, operator: operatorNamespace } = namespaces.names;

  const operator = new PostgresOperator(
    "postgres-operator",
    { objects: operatorObjects, namespace: operatorNamespace },
    behindNetwork,
  );
  const store = config.objectStore
    ? new ObjectStore(
        "object-store",
        {
          ...config.objectStore,
          ...plan,
          namespace: storage,
          namespaceName: names.storage,
          image: images.versitygw,
          backupImage: images.backup,
          secretKey: derive("object-store"),
          accounts: clusterAccessKeys(derive),
          revision,
          protect,
        },
        behindNetwork,
      )
    : undefined;
  const managed = managedStore?.("managed-store", {
    ...(config.aws as NonNullable<PlatformConfig["aws"]>),
    plan,
    namespaceName: names.app,
    serviceAccounts: storeServiceAccounts,
    archiver: config.postgres.pointInTime.enabled ? clusterName : undefined,
    protect,
  });
  const pointInTime = config.postgres.pointInTime.enabled
    ? new PointInTime(
        "point-in-time",
        {
          ...config.postgres.pointInTime,
          namespace: app,
          operatorNamespace,
          operator,
          images: { plugin: images["barman-plugin"], sidecar: images["barman-sidecar"] },
          bucket: managed?.archive ?? `${plan.bucket}-wal`,
          region: plan.region,
          endpoint: store?.endpoint,
          credentials: managed ? "pod-role" : store ? clusterAccessKey("archiver", derive) : s3Account(),
          secret: derive("postgres/plugin"),
        },
        behindNetwork,
      )
    : undefined;
  const postgres = new Postgres(
    "postgres",
    {
      ...config.postgres,
      namespace: app,
      operator,
      archive: pointInTime?.archive,
      image: images.postgresql,
      protect,
      password: (role) => derive(`postgres/${role}`),
    },
    behindNetwork,
  );
  const metrics = new Metrics(
    "metrics",
    {
      ...config.metrics,
      environment,
      namespaces,
      names,
      protect,
      told,
      runbooksUrl: pages,
      images: { ...images, alertLog: images["alert-log"] },
    },
    behindNetwork,
  );
  const tracing = new Tracing(
    "tracing",
    {
      ...config.tracing,
      namespace: observability,
      namespaceName: names.observability,
      image: images.jaeger,
      protect,
      environment,
      sentryDsn: copiesTraces(config) ? sentryDsn() : undefined,
    },
    behindNetwork,
  );
  const errors =
    config.errors.kind === "bugsink"
      ? new Errors(
          "errors",
          {
            ...config.errors,
            namespace: observability,
            namespaceName: names.observability,
            senders: app,
            image: images.bugsink,
            secrets: trackerSecrets(derive),
            revision,
            protect,
          },
          behindNetwork,
        )
      : undefined;
  const dsns = config.errors.kind === "sentry" ? (sentry?.dsns ?? { backend: sentryDsn() }) : undefined;
  const sentryDsns =
    dsns && dsnSecret("errors-dsns", { namespace: app, dsns }, { transformations: on.transformations, provider });
  const valkey = new Valkey(
    "valkey",
    { ...config.valkey, namespace: app, image: images.valkey, password: derive("valkey"), revision },
    behindNetwork,
  );
  new Gateway(
    "gateway",
    {
      ...config.gateway,
      namespace: app,
      image: images.gateway,
      environment,
      postgres: postgres.connection,
      cacheSecret: valkey.urlSecret,
      dsnSecret: errors?.dsnSecret ?? sentryDsns?.metadata.name,
      traceUiUrl: config.tracing.uiUrl ?? (publish.nodePorts ? publishedUrls().jaeger : undefined),
      tokenKey: derive("gateway/tokens"),
      otlpEndpoint: tracing.otlpEndpoint,
      traceRatio: config.tracing.samplingRatio,
      revision,
    },
    behindNetwork,
  );
  new Backups(
    "backups",
    {
      plan,
      environment,
      runbooksUrl: pages,
      namespace: app,
      images,
      postgres: postgres.connection,
      store: { bucket: plan.bucket, region: plan.region, ...(store ? { endpoint: store.endpoint } : {}) },
      access: managed ? undefined : store ? clusterAccess(derive) : always(s3Account()),
      keys: secrets.backup,
      channels,
      drillCluster: pointInTime && drillCluster(postgres.spec),
      revision,
    },
    {
      ...behindNetwork,
      dependsOn: [...network.policies, ...(store ? [store.bucketJob] : []), ...(managed ? [managed] : [])],
    },
  );
  if (pointInTime)
    new BaseBackups(
      "base-backups",
      { namespace: app },
      { ...behindNetwork, dependsOn: [postgres.cluster, ...(store ? [store.bucketJob] : [])] },
    );
  new Runbooks(
    "runbooks",
    {
      ...config.runbooks,
      namespace: observability,
      image: images.runbooks,
      prometheusUrl: metrics.prometheusUrl,
    },
    behindNetwork,
  );
  if (publish.nodePorts) new Publish("publish", { namespaces, ports: portsOf(config.errors) }, behindNetwork);

  const endpoints = { prometheusUrl: metrics.prometheusUrl, otlpEndpoint: tracing.otlpEndpoint };
  return platformOutputs(config, names, endpoints, secrets.backup);
}

/** Alerts go to those who hear of the backups, and to whoever waits for a sign of life. */
function alertChannels(
  { backups }: PlatformConfig,
  { slackWebhookUrl, pagerdutyRoutingKey, smtpPassword }: Channels,
  deadmanUrl: pulumi.Output<string> | undefined,
): AlertReceivers | undefined {
  const { pagerdutyUrl, smtp } = backups.notifications;
  return alertReceivers({ slackWebhookUrl, pagerdutyRoutingKey, pagerdutyUrl, smtp, smtpPassword, deadmanUrl });
}

type Derive = (purpose: string) => pulumi.Output<string>;

/** Keys of the accounts of the store in the cluster. */
const clusterAccess = (derive: Derive) => (account: StoreAccount) =>
  clusterAccessKey(storeAccounts[account].inCluster, derive);

/** A bucket that people made has one account, which every job is given. */
const always =
  <T>(value: T) =>
  () =>
    value;
