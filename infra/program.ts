import { readFileSync } from "node:fs";
import { GoliveError } from "@golive/errors/golive-error.ts";
import * as pulumi from "@pulumi/pulumi";
import { type Channels, channelSecrets } from "./backups/channels.ts";
import { secretKeys } from "./config/schema.ts";
import type { PlatformConfig } from "./config.ts";
import { type Images, missingImages } from "./images.ts";
import type { PlatformOutputs } from "./outputs.ts";
import { platform } from "./platform.ts";
import { type ManifestObject, operatorObjects } from "./postgres/operator-manifest.ts";
import { stackSecrets } from "./stack-secrets.ts";

/** Everything the program needs from outside; the CLI hands it over, `pulumi up` reads it from its environment. */
export interface ProgramInputs {
  /** From parsePlatformConfig. */
  readonly config: PlatformConfig;
  /** Image name → reference; names the program does not know are ignored. */
  readonly images: Readonly<Record<string, string>>;
  /** Text of the kubeconfig. */
  readonly kubeconfig: string;
  /** Context in it; no call is made without it. */
  readonly context: string;
  /** Manifest of the CloudNativePG operator. */
  readonly operatorManifestPath: string;
  /** Seed of every password. Without it the stack's secret `golive:seed` is used. */
  readonly seed?: pulumi.Input<string>;
}

/** The Pulumi program. Every fault of its inputs is found before the first resource. */
export async function platformProgram(inputs: ProgramInputs): Promise<PlatformOutputs> {
  const { config, context, kubeconfig } = inputs;
  const images = checkedImages(inputs.images, config.protect);
  const objects = readOperator(inputs.operatorManifestPath, images["cnpg-operator"]);
  const settings = new pulumi.Config("golive");
  return platform({
    config,
    images,
    operatorObjects: objects,
    secrets: stackSecrets(inputs.seed ?? settings.requireSecret("seed")),
    s3Account: () => ({
      accessKeyId: settings.requireSecret("s3AccessKeyId"),
      secretAccessKey: settings.requireSecret("s3SecretAccessKey"),
    }),
    channels: readChannels(settings),
    sentryDsn: () => settings.requireSecret("sentryDsn"),
    sentryToken: () => settings.requireSecret("sentryAuthToken"),
    deadmanUrl: settings.getSecret("deadmanUrl"),
    // Loaded where it is used: stacks without AWS neither wait for its SDK nor need its provider.
    managedStore: config.backups.manage ? (await import("./storage/aws/managed-store.ts")).managedStore : undefined,
    cluster: { kubeconfig: pulumi.secret(kubeconfig), context },
  });
}

/** Those who are told, as far as the stack has their secrets. */
function readChannels(settings: pulumi.Config): Channels {
  const found = Object.keys(channelSecrets)
    .filter((name) => name in secretKeys)
    .map((name) => [name, settings.getSecret(name)] as const);
  return Object.fromEntries(found.filter(([, secret]) => secret !== undefined));
}

/** All images present; by digest where the stack is protected, since a tag may be another image tomorrow. */
function checkedImages(images: Readonly<Record<string, string>>, byDigest: boolean): Images {
  const missing = missingImages(images);
  const loose = byDigest ? Object.entries(images).filter(([, reference]) => !reference.includes("@sha256:")) : [];
  if (missing.length === 0 && loose.length === 0) return images as Images;
  const faults = [
    ...missing.map((name) => `no image "${name}"`),
    ...loose.map(([name, reference]) => `image "${name}" is ${reference}, which is no digest`),
  ];
  throw new GoliveError(
    "CONFIG_INVALID",
    `the images do not fit the stack: ${faults.join("; ")}`,
    "Set golive:images in Pulumi.<stack>.yaml, or GOLIVE_IMAGES to a JSON file, with each image as name@sha256:….",
  );
}

function readOperator(path: string, image: string): ManifestObject[] {
  try {
    return operatorObjects(readFileSync(path, "utf8"), image);
  } catch (cause) {
    throw new GoliveError(
      "CONFIG_INVALID",
      `the manifest of the database operator cannot be used: ${path}`,
      "Run ./golive up, which makes it, or point GOLIVE_OPERATOR_MANIFEST at the manifest of CloudNativePG 1.30 with the kind of plugin-barman-cloud 0.14 behind it.",
      { cause },
    );
  }
}
