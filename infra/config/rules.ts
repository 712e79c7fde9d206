import { createPublicKey } from "node:crypto";
import { sentryDsn } from "../errors/errors-schema.ts";
import { sentryFaults } from "../errors/sentry-schema.ts";
import { gatewayFaults } from "../gateway/gateway-faults.ts";
import { imageNames } from "../images.ts";
import { longestPauseSeconds } from "./cron-pause.ts";
import type { ConfigFault } from "./faults.ts";
import { bytesOf, postgresBytes } from "./quantities.ts";
import type { PlatformConfig } from "./schema.ts";

/** Settings that the operator writes itself, after ours. */
const operatorOwned = [
  "archive_command",
  "hot_standby",
  "listen_addresses",
  "port",
  "restart_after_crash",
  "ssl",
  "ssl_ca_file",
  "ssl_cert_file",
  "ssl_key_file",
  "unix_socket_directories",
];

/** What no single key can say: rules between keys. Each needs the whole configuration to be well formed. */
export function ruleFaults(config: PlatformConfig, secrets: ReadonlySet<string>): ConfigFault[] {
  return [
    ...sharedBuffers(config),
    ...ownedParameters(config),
    ...retentionSize(config),
    ...objectStore(config),
    ...storeSecrets(config, secrets),
    ...managedBucket(config),
    ...escrow(config),
    ...signers(config),
    ...recoveryPoint(config),
    ...mailPassword(config, secrets),
    ...sentryDsn(config, secrets),
    ...sentryFaults(config, secrets),
    ...gatewayFaults(config),
    ...images(config),
  ];
}

/** Above a quarter of the memory the kernel's page cache and the backends starve, and the pod is killed. */
function sharedBuffers({ postgres }: PlatformConfig): ConfigFault[] {
  const given = postgres.parameters.shared_buffers;
  if (given === undefined) return [];
  const bytes = postgresBytes(given);
  const most = (bytesOf(postgres.memory) ?? 0) / 4;
  if (bytes !== undefined && bytes <= most) return [];
  const allowed = `a size like 64MB, at most a quarter of postgres.memory (${Math.floor(most / 2 ** 20)}MB)`;
  return [
    {
      path: "golive:postgres.parameters.shared_buffers",
      given: JSON.stringify(given),
      allowed,
      fix: "lower it or raise golive:postgres.memory",
    },
  ];
}

function ownedParameters({ postgres }: PlatformConfig): ConfigFault[] {
  return operatorOwned
    .filter((name) => name in postgres.parameters)
    .map((name) => ({
      path: `golive:postgres.parameters.${name}`,
      given: JSON.stringify(postgres.parameters[name]),
      allowed: "nothing: the operator sets it",
      fix: "remove it",
    }));
}

/** The rest of the volume holds the write-ahead log and the block that is being compacted. */
function retentionSize({ metrics }: PlatformConfig): ConfigFault[] {
  const most = (bytesOf(metrics.storage) ?? 0) * 0.8;
  if ((bytesOf(metrics.retentionSize) ?? 0) <= most) return [];
  return [
    {
      path: "golive:metrics.retentionSize",
      given: JSON.stringify(metrics.retentionSize),
      allowed: `at most 80 % of metrics.storage (${Math.floor(most / 2 ** 20)}Mi)`,
      fix: "lower it or raise golive:metrics.storage",
    },
  ];
}

function objectStore({ backups, objectStore: store }: PlatformConfig): ConfigFault[] {
  const path = "golive:objectStore";
  if (backups.store === "in-cluster" && !store)
    return [
      { path, given: "nothing", allowed: "storage of the store", fix: "add golive:objectStore.storage, like 2Gi" },
    ];
  if (backups.store === "s3" && store)
    return [{ path, given: JSON.stringify(store), allowed: "nothing while backups.store is s3", fix: "remove it" }];
  return [];
}

function storeSecrets({ backups }: PlatformConfig, secrets: ReadonlySet<string>): ConfigFault[] {
  if (backups.store !== "s3" || backups.manage) return [];
  return (["s3AccessKeyId", "s3SecretAccessKey"] as const)
    .filter((name) => !secrets.has(name))
    .map((name) => ({
      path: `golive:${name}`,
      given: "nothing",
      allowed: "a secret",
      fix: `run: pulumi config set --secret golive:${name}`,
    }));
}

function managedBucket({ backups, aws }: PlatformConfig): ConfigFault[] {
  const { manage, store, region, replicaRegion } = backups;
  const faults: ConfigFault[] = [];
  const fault = (path: string, given: unknown, allowed: string, fix: string) =>
    faults.push({
      path: `golive:${path}`,
      given: given === undefined ? "nothing" : JSON.stringify(given),
      allowed,
      fix,
    });
  if (manage && store !== "s3")
    fault(
      "backups.manage",
      true,
      "false while backups.store is in-cluster",
      "remove it or set golive:backups.store: s3",
    );
  if (manage && !aws)
    fault("aws", undefined, "accountId and eksCluster", "add golive:aws, or set golive:backups.manage: false");
  if (!manage && aws) fault("aws", aws, "nothing while backups.manage is false", "remove it");
  if (!manage && replicaRegion)
    fault("backups.replicaRegion", replicaRegion, "nothing while backups.manage is false", "remove it");
  if (manage && replicaRegion === region)
    fault("backups.replicaRegion", replicaRegion, "another region than backups.region", "name another one");
  return faults;
}

/** A recipient derived from the seed is no escrow: who loses the seed loses both. Only a throwaway stack may do with it. */
function escrow({ protect, backups }: PlatformConfig): ConfigFault[] {
  if (!protect || backups.escrowRecipient !== undefined) return [];
  return [
    {
      path: "golive:backups.escrowRecipient",
      given: "nothing",
      allowed: "an age recipient, age1 and 58 characters",
      fix: "run age-keygen on a machine of yours, keep its file away from here, and add the public key",
    },
  ];
}

function signers({ backups }: PlatformConfig): ConfigFault[] {
  return backups.trustedSigners.flatMap((pem, at) =>
    kindOfKey(pem) === "ed25519"
      ? []
      : [
          {
            path: `golive:backups.trustedSigners.${at}`,
            given: kindOfKey(pem) ?? "no key",
            allowed: "a PEM block of an Ed25519 public key",
            fix: "correct it",
          },
        ],
  );
}

function kindOfKey(pem: string): string | undefined {
  try {
    return createPublicKey(pem).asymmetricKeyType;
  } catch {
    return undefined;
  }
}

/** Backups that are further apart than that would be overdue all the time, and nobody listens to such an alarm. */
function recoveryPoint({ backups }: PlatformConfig): ConfigFault[] {
  const pause = longestPauseSeconds(backups.schedules.backup);
  const faults: ConfigFault[] = Object.entries(backups.schedules)
    .filter(([, schedule]) => longestPauseSeconds(schedule) === Number.POSITIVE_INFINITY)
    .map(([name, schedule]) => ({
      path: `golive:backups.schedules.${name}`,
      given: JSON.stringify(schedule),
      allowed: "a schedule that fires more than once in four years",
      fix: "correct it",
    }));
  if (faults.length > 0 || backups.rpoHours * 3600 >= pause) return faults;
  return [
    {
      path: "golive:backups.rpoHours",
      given: String(backups.rpoHours),
      allowed: `at least ${Math.ceil(pause / 3600)}, the longest pause of backups.schedules.backup`,
      fix: "raise it or back up more often",
    },
  ];
}

function mailPassword({ backups }: PlatformConfig, secrets: ReadonlySet<string>): ConfigFault[] {
  const { smtp } = backups.notifications;
  if (smtp?.user !== undefined && !secrets.has("smtpPassword"))
    return [
      {
        path: "golive:smtpPassword",
        given: "nothing",
        allowed: "a secret while notifications.smtp.user is set",
        fix: "run: pulumi config set --secret golive:smtpPassword",
      },
    ];
  if (smtp?.user === undefined && secrets.has("smtpPassword"))
    return [
      {
        path: "golive:backups.notifications.smtp.user",
        given: "nothing",
        allowed: "a name while golive:smtpPassword is set",
        fix: "add it, or run: pulumi config rm golive:smtpPassword",
      },
    ];
  return [];
}

/** Half a table of images would build the other half on somebody's machine. */
function images({ images: given }: PlatformConfig): ConfigFault[] {
  if (!given) return [];
  return imageNames
    .filter((name) => !given[name])
    .map((name) => ({
      path: `golive:images.${name}`,
      given: "nothing",
      allowed: "name@sha256:…",
      fix: "add it; images are given all or none",
    }));
}
