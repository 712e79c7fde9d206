import type * as pulumi from "@pulumi/pulumi";
import type { PlatformConfig } from "./config.ts";
import { tokenSecret } from "./gateway/gateway.ts";
import { hasOwnSecret } from "./gateway/gateway-settings.ts";
import type { NamespaceNames } from "./names.ts";
import { portsOf, publishedUrls } from "./ports.ts";
import type { BackupKeys } from "./stack-secrets.ts";
import { storeAccountNames } from "./storage/store-accounts.ts";

/** Outputs of the stack: what people and programs need to find their way. No secret is among them, only its place. */
export interface PlatformOutputs {
  readonly environment: string;
  /** What people open; empty where no port is published. */
  readonly urls: Readonly<Record<string, string>>;
  /** What pods of the cluster use. */
  readonly endpoints: { readonly prometheusUrl: string; readonly otlpEndpoint: string };
  readonly namespaces: NamespaceNames;
  /** Where each secret is: namespace, Secret, key. */
  readonly secretPlaces: Readonly<Record<string, string>>;
  readonly backups: {
    readonly schedules: Readonly<Record<string, string>>;
    readonly timeZone: string;
    readonly store: string;
    readonly bucket: string;
    /** Object Lock: until then nobody can delete a backup. */
    readonly lock: { readonly days: number; readonly mode: string };
    readonly retention: Readonly<Record<string, number>>;
    /** How old the newest proven backup may be. */
    readonly rpoHours: number;
    /** Public halves: who signs, and to whom backups are encrypted. */
    readonly signer: pulumi.Output<string>;
    readonly recipients: readonly pulumi.Input<string>[];
  };
}

export function platformOutputs(
  { environment, publish, backups, errors, gateway }: PlatformConfig,
  namespaces: NamespaceNames,
  endpoints: PlatformOutputs["endpoints"],
  keys: Pick<BackupKeys, "signer" | "recipient" | "escrowRecipient">,
): PlatformOutputs {
  const { schedules, timeZone, store, bucket, lock, retention, rpoHours, manage } = backups;
  const stores = manage
    ? []
    : storeAccountNames.map((account) => [
        `backup store, ${account}`,
        `${namespaces.app}/backup-store-${account}:secret-access-key`,
      ]);
  return {
    environment,
    urls: publish.nodePorts ? Object.fromEntries(portsOf(errors).map((name) => [name, publishedUrls()[name]])) : {},
    endpoints,
    namespaces,
    secretPlaces: {
      "postgres app": `${namespaces.app}/postgres-app:password`,
      "postgres backup": `${namespaces.app}/postgres-backup:password`,
      "postgres restore": `${namespaces.app}/postgres-restore:password`,
      "postgres ca": `${namespaces.app}/postgres-ca:ca.crt`,
      valkey: `${namespaces.app}/valkey-access:url`,
      ...(hasOwnSecret(gateway)
        ? { "gateway tokens": `${namespaces.app}/${tokenSecret.name}:${tokenSecret.key}` }
        : {}),
      ...(errors.kind === "bugsink"
        ? { "error tracker": `${namespaces.observability}/bugsink-access:admin-password` }
        : {}),
      "backup signing key": `${namespaces.app}/backup-signing:signing.pem`,
      "backup identity": `${namespaces.app}/backup-identity:identity.txt`,
      ...Object.fromEntries(stores),
    },
    backups: {
      schedules,
      timeZone,
      store,
      bucket,
      lock,
      retention,
      rpoHours,
      signer: keys.signer,
      recipients: [keys.recipient, backups.escrowRecipient ?? keys.escrowRecipient],
    },
  };
}
