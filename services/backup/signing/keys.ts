import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { GoliveError } from "@golive/errors/golive-error.ts";
import type { Signer, TrustedKeys } from "./envelope.ts";

/** Short name of a public key: the first 16 hex digits of the SHA-256 of its SubjectPublicKeyInfo. */
export function keyId(publicKey: KeyObject): string {
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("hex")
    .slice(0, 16);
}

/** From a PEM file with an Ed25519 private key (PKCS #8). @throws CONFIG_INVALID */
export function readSigner(pem: string, from: string): Signer {
  const key = parsed(() => createPrivateKey(pem), from, "private");
  return { key, id: keyId(createPublicKey(key)) };
}

/** From a text with one or more PEM blocks of Ed25519 public keys. @throws CONFIG_INVALID */
export function readTrustedKeys(text: string, from: string): TrustedKeys {
  const blocks = text.match(/-----BEGIN PUBLIC KEY-----[\s\S]*?-----END PUBLIC KEY-----/g) ?? [];
  if (blocks.length === 0) throw notAKey(from, "public", "no PEM block of a public key");
  return new Map(
    blocks.map((block) => {
      const key = parsed(() => createPublicKey(block), from, "public");
      return [keyId(key), key] as const;
    }),
  );
}

function parsed(parse: () => KeyObject, from: string, kind: string): KeyObject {
  let key: KeyObject;
  try {
    key = parse();
  } catch {
    // The parser's words may quote the file.
    throw notAKey(from, kind, "it cannot be read as one");
  }
  if (key.asymmetricKeyType !== "ed25519") throw notAKey(from, kind, `it is ${key.asymmetricKeyType}`);
  return key;
}

function notAKey(from: string, kind: string, why: string): GoliveError {
  return new GoliveError(
    "CONFIG_INVALID",
    `${from} holds no Ed25519 ${kind} key: ${why}`,
    "Make a pair with `golive-backup keys new ed25519`.",
  );
}
