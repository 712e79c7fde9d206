import { type KeyObject, sign, verify } from "node:crypto";
import { z } from "zod";

/**
 * A signed document: DSSE, the envelope of in-toto (https://github.com/secure-systems-lab/dsse/blob/master/envelope.md).
 * The signature covers the type and every byte of the payload, so there is no canonical form to agree on.
 */
const envelope = z.object({
  payloadType: z.string(),
  payload: z.base64(),
  signatures: z.array(z.object({ keyid: z.string(), sig: z.base64() })).min(1),
});

/** What signs: an Ed25519 private key. */
export interface Signer {
  readonly key: KeyObject;
  /** `keyId` of its public half. */
  readonly id: string;
}

/** Who is believed: Ed25519 public keys by their `keyId`. Several while a key is rotated. */
export type TrustedKeys = ReadonlyMap<string, KeyObject>;

/** Signs `payload`; `type` says what it is, so that a signed report can never pass for a signed manifest. */
export function seal(type: string, payload: Buffer, signer: Signer): Buffer {
  const sig = sign(undefined, preAuthentication(type, payload), signer.key).toString("base64");
  const document = {
    payloadType: type,
    payload: payload.toString("base64"),
    signatures: [{ keyid: signer.id, sig }],
  } satisfies z.infer<typeof envelope>;
  return Buffer.from(`${JSON.stringify(document, undefined, 1)}\n`);
}

/** The payload, and which trusted key signed it; or in words what is wrong. The payload of a bad envelope is not given out. */
export type Opened = { readonly payload: Buffer; readonly keyId: string } | { readonly problem: string };

export function open(type: string, sealed: Buffer | string, trusted: TrustedKeys): Opened {
  const parsed = parse(sealed);
  if ("problem" in parsed) return parsed;
  const { payloadType, payload, signatures } = parsed;
  if (payloadType !== type) return { problem: `it is a ${payloadType}, not a ${type}` };
  const bytes = Buffer.from(payload, "base64");
  const message = preAuthentication(type, bytes);
  for (const { keyid, sig } of signatures) {
    const key = trusted.get(keyid);
    if (key && verify(undefined, message, key, Buffer.from(sig, "base64"))) return { payload: bytes, keyId: keyid };
  }
  const known = signatures.some(({ keyid }) => trusted.has(keyid));
  if (known) return { problem: "its signature does not fit its content" };
  return { problem: `it is signed by unknown key ${signatures.map(({ keyid }) => keyid).join(", ")}` };
}

/** The payload without any check of who wrote it: to show what an untrusted document claims, never to act on it. */
export function peek(sealed: Buffer | string): Buffer | undefined {
  const parsed = parse(sealed);
  return "problem" in parsed ? undefined : Buffer.from(parsed.payload, "base64");
}

function parse(sealed: Buffer | string): z.infer<typeof envelope> | { readonly problem: string } {
  try {
    const result = envelope.safeParse(JSON.parse(sealed.toString("utf8")));
    return result.success ? result.data : { problem: "it is not a signed document" };
  } catch {
    return { problem: "it is not a signed document" };
  }
}

/** DSSE's pre-authentication encoding: lengths keep type and payload apart. */
function preAuthentication(type: string, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `, "utf8"), payload]);
}
