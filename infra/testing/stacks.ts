import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { parsePlatformConfig, type RawConfig } from "../config.ts";
import { SentrySeen } from "../errors/testing/sentry-mocks.ts";
import { imageNames } from "../images.ts";
import { platformProgram } from "../program.ts";
import { type Seen, testSeed } from "./mocks.ts";

export const stacks = ["local", "e2e", "staging", "production"] as const;
export type Stack = (typeof stacks)[number];

/** Public half of an escrow pair, as people put it into the file of a protected stack. */
const escrowRecipient = "age14kegzdm87f5jl273vqnq5p4h5w88f0dwaufwc8np9had8jrtksuqd9zde2";

/** `config:` of a stack file, with what people set in it and beside it. */
export function stackConfig(stack: Stack): RawConfig {
  const file = readFileSync(new URL(`../../Pulumi.${stack}.yaml`, import.meta.url), "utf8");
  const { config } = parse(file) as { config: RawConfig };
  const backups = config["golive:backups"] as { store: string; manage?: boolean };
  const errors = config["golive:errors"] as { sentry?: { pagerduty?: object } } | undefined;
  return {
    ...config,
    ...(backups.manage ? { "golive:backups": { ...backups, escrowRecipient } } : {}),
    "golive:seed": { secure: "v1:…" },
    ...(errors?.sentry ? { "golive:sentryAuthToken": { secure: "v1:…" } } : {}),
    ...(errors?.sentry?.pagerduty ? { "golive:pagerdutyRoutingKey": { secure: "v1:…" } } : {}),
  };
}

/** Image references as a build gives them, or as a release does. */
export function testImages(byDigest: boolean): Record<string, string> {
  const reference = (name: string) =>
    byDigest
      ? `registry.example/golive/${name}@sha256:${"0123456789abcdef".repeat(4)}`
      : `localhost/golive/${name}:0123456789ab`;
  return Object.fromEntries(imageNames.map((name) => [name, reference(name)]));
}

/** The whole program of a stack under mocks; with other keys in its file, or further secrets beside it. */
export async function runStack(
  stack: Stack,
  extra: { readonly config?: RawConfig; readonly secrets?: Readonly<Record<string, string>> } = {},
): Promise<Seen> {
  const seen = await new SentrySeen().start(stack);
  const own = Object.keys(stackConfig(stack)).filter((name) => /:(sentryAuthToken|pagerdutyRoutingKey)$/.test(name));
  const secrets = {
    ...Object.fromEntries(own.map((name) => [name, `secret of ${name}`])),
    "golive:seed": testSeed,
    ...extra.secrets,
  };
  pulumi.runtime.setAllConfig(secrets, Object.keys(secrets));
  const config = parsePlatformConfig({
    ...stackConfig(stack),
    ...extra.config,
    ...Object.fromEntries(Object.keys(extra.secrets ?? {}).map((name) => [name, { secure: "v1:…" }])),
  });
  await seen.run(() =>
    platformProgram({
      config,
      images: testImages(config.protect),
      kubeconfig: "test kubeconfig",
      context: config.cluster.context,
      operatorManifestPath: new URL("operator.fixture.yaml", import.meta.url).pathname,
    }),
  );
  return seen;
}
