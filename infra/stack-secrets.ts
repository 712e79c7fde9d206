import * as pulumi from "@pulumi/pulumi";
import { derivedEscrowKeys, operationsKeys, signingKeys } from "./backups/keys.ts";
import { deriveSecret } from "./derive-secret.ts";

/** Secrets of a stack, all from its seed, all marked secret. */
export interface StackSecrets {
  /** The password for a purpose such as `postgres/app`. */
  readonly derive: (purpose: string) => pulumi.Output<string>;
  /** Changes when the seed changes and says nothing about it: pods that read a secret once carry it and are rolled. */
  readonly revision: pulumi.Output<string>;
  readonly backup: BackupKeys;
}

/** Keys of the backups. What is public is not marked secret, so that people can read it out of the state. */
export interface BackupKeys {
  /** age identity of operations; of the escrow identity no output exists. */
  readonly identity: pulumi.Output<string>;
  /** Its recipient. */
  readonly recipient: pulumi.Output<string>;
  /** Recipient of a derived escrow identity, for stacks where no person keeps one. */
  readonly escrowRecipient: pulumi.Output<string>;
  /** PEM of the key that signs. */
  readonly signingKey: pulumi.Output<string>;
  /** PEM of its public half. */
  readonly signer: pulumi.Output<string>;
}

export function stackSecrets(seed: pulumi.Input<string>): StackSecrets {
  const kept = pulumi.secret(seed);
  const derive = (purpose: string) => kept.apply((text) => deriveSecret(text, purpose));
  const publicPart = (of: (seed: string) => string) => pulumi.unsecret(kept.apply(of));
  return {
    derive,
    revision: publicPart((text) => deriveSecret(text, "revision").slice(0, 8)),
    backup: {
      identity: kept.apply((text) => operationsKeys(text).identity),
      recipient: publicPart((text) => operationsKeys(text).recipient),
      escrowRecipient: publicPart((text) => derivedEscrowKeys(text).recipient),
      signingKey: kept.apply((text) => signingKeys(text).privateKey),
      signer: publicPart((text) => signingKeys(text).publicKey),
    },
  };
}
