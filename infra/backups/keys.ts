import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { bech32 } from "@scure/base";
import { deriveBytes } from "../derive-secret.ts";

/*
 * The keys of the backups, from the stack's seed as its passwords are: whoever has the seed can rebuild them, and a
 * second run makes the same ones. Formats are those of their own standards, so that `age` and `openssl` read them.
 */

/** An age key pair (https://age-encryption.org/v1): the identity decrypts, the recipient only encrypts. */
export interface AgeKeys {
  /** `AGE-SECRET-KEY-1…`: a secret. */
  readonly identity: string;
  /** `age1…`: public. */
  readonly recipient: string;
}

/** An Ed25519 pair: the private key signs manifests and records, the public one says whose signature counts. */
export interface SigningKeys {
  /** PKCS #8 in PEM: a secret. */
  readonly privateKey: string;
  /** SubjectPublicKeyInfo in PEM: public. */
  readonly publicKey: string;
}

/** DER of PKCS #8 before the 32 bytes of a key (RFC 8410 §7): node:crypto takes no raw keys. */
const pkcs8 = {
  x25519: Buffer.from("302e020100300506032b656e04220420", "hex"),
  ed25519: Buffer.from("302e020100300506032b657004220420", "hex"),
} as const;

/** Keys that operations decrypt with: restores and drills in the cluster. */
export const operationsKeys = (seed: string): AgeKeys => ageKeys(seed, "backup/age/operations");

/** The second recipient where no person keeps one: in stacks that may be thrown away. */
export const derivedEscrowKeys = (seed: string): AgeKeys => ageKeys(seed, "backup/age/escrow");

export function signingKeys(seed: string): SigningKeys {
  const key = privateKey("ed25519", deriveBytes(seed, "backup/signing", 32));
  return {
    privateKey: key.export({ type: "pkcs8", format: "pem" }).toString(),
    publicKey: createPublicKey(key).export({ type: "spki", format: "pem" }).toString(),
  };
}

function ageKeys(seed: string, purpose: string): AgeKeys {
  const scalar = deriveBytes(seed, purpose, 32);
  const { x = "" } = createPublicKey(privateKey("x25519", scalar)).export({ format: "jwk" });
  return {
    identity: bech32.encodeFromBytes("age-secret-key-", scalar).toUpperCase(),
    recipient: bech32.encodeFromBytes("age", Buffer.from(x, "base64url")),
  };
}

function privateKey(kind: keyof typeof pkcs8, bytes: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([pkcs8[kind], bytes]), format: "der", type: "pkcs8" });
}
