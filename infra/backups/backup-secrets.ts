import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { owned, standardLabels } from "../metadata.ts";
import { configFiles, secretFiles } from "../server/mounts.ts";
import type { Mount } from "../server/server.ts";
import type { BackupKeys } from "../stack-secrets.ts";
import { type AccessKey, accessKeyFiles, type StoreAccount, storeAccountNames } from "../storage/store-accounts.ts";
import { type ChannelSecret, type Channels, channelSecrets, channelsOf } from "./channels.ts";
import { folders, keyFiles } from "./environment.ts";
import type { KeyName } from "./jobs.ts";

export interface BackupSecretsArgs {
  readonly namespace: pulumi.Input<string>;
  readonly keys: BackupKeys;
  /** Public half of the escrow pair. */
  readonly escrowRecipient: pulumi.Input<string>;
  /** Further PEM blocks of keys whose signatures count. */
  readonly trustedSigners: readonly string[];
  /** Key of each account of the store; undefined where pods have roles of their own. */
  readonly access: ((account: StoreAccount) => AccessKey<pulumi.Input<string>>) | undefined;
  readonly channels: Channels;
}

/** Names of the objects that hold keys: one a key and an account, so that a pod is given exactly what its job needs. */
export interface BackupSecrets {
  /** The ConfigMap with recipients and trusted keys: public, so nothing hides them. */
  readonly publicKeys: pulumi.Output<string>;
  readonly signing: pulumi.Output<string>;
  readonly identity: pulumi.Output<string>;
  readonly accounts: Partial<Readonly<Record<StoreAccount, pulumi.Output<string>>>>;
  readonly channels: pulumi.Output<string> | undefined;
}

export function backupSecrets(name: string, args: BackupSecretsArgs, parent: pulumi.Resource): BackupSecrets {
  const { keys, access, channels, namespace } = args;
  const labels = standardLabels("backup", "backups");
  const secret = (of: string, stringData: Record<string, pulumi.Input<string>>) =>
    new k8s.core.v1.Secret(
      `${name}-${of}`,
      { metadata: owned({ name: `backup-${of}`, namespace, labels }), stringData },
      { parent },
    ).metadata.name;
  const told = channelsOf(channels, ["channel", "watcher", "run-watcher"]);
  return {
    publicKeys: new k8s.core.v1.ConfigMap(
      `${name}-public-keys`,
      {
        metadata: owned({ name: "backup-public-keys", namespace, labels }),
        data: {
          [keyFiles.recipients.file]: pulumi.interpolate`${keys.recipient}\n${args.escrowRecipient}\n`,
          [keyFiles.trusted.file]: keys.signer.apply((own) => [own, ...args.trustedSigners].map(line).join("")),
        },
      },
      { parent },
    ).metadata.name,
    signing: secret("signing", { [keyFiles.signing.file]: keys.signingKey }),
    identity: secret("identity", { [keyFiles.identity.file]: pulumi.interpolate`${keys.identity}\n` }),
    accounts: access
      ? Object.fromEntries(
          storeAccountNames.map((account) => [account, secret(`store-${account}`, accessKeyData(access(account)))]),
        )
      : {},
    channels:
      told.length === 0
        ? undefined
        : secret("channels", Object.fromEntries(told.map((one) => [channelSecrets[one].file, channels[one] ?? ""]))),
  };
}

/** An access key as the data of a Secret. */
export function accessKeyData({ accessKeyId, secretAccessKey }: AccessKey<pulumi.Input<string>>) {
  return { "access-key-id": accessKeyId, "secret-access-key": secretAccessKey } as const satisfies Record<
    (typeof accessKeyFiles)[number],
    unknown
  >;
}

/** What a pod holds: keys, an account of the store, and the addresses of those whom it tells. */
export interface Held {
  readonly keys: readonly KeyName[];
  readonly account: StoreAccount;
  readonly channels: readonly ChannelSecret[];
}

/** The files that a pod finds, and no others. */
export function secretMounts(secrets: BackupSecrets, { keys, account, channels }: Held): Mount[] {
  const publicKeys = keys.filter((key) => keyFiles[key].folder === folders.publicKeys);
  const access = secrets.accounts[account];
  const files = (key: KeyName) => [keyFiles[key].file];
  return [
    ...(publicKeys.length > 0 ? [configFiles("public-keys", folders.publicKeys, secrets.publicKeys)] : []),
    ...(keys.includes("signing") ? [secretFiles("signing", folders.signing, secrets.signing, files("signing"))] : []),
    ...(keys.includes("identity")
      ? [secretFiles("identity", folders.identity, secrets.identity, files("identity"))]
      : []),
    ...(access ? [secretFiles("access", folders.store, access, accessKeyFiles)] : []),
    ...(secrets.channels && channels.length > 0
      ? [
          secretFiles(
            "channels",
            folders.channels,
            secrets.channels,
            channels.map((one) => channelSecrets[one].file),
          ),
        ]
      : []),
  ];
}

const line = (text: string) => (text.endsWith("\n") ? text : `${text}\n`);
