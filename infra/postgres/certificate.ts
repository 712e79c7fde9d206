import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";

/**
 * Certificates that are the same each time they are asked for: keys are Ed25519 keys of given bytes, Ed25519 signatures
 * have no random part, and the times are the caller's. So a Pulumi program can make them without keeping them in its
 * state, and a preview shows a change only when there is one. Libraries draw keys and serial numbers at random.
 */
export interface CertificateFacts {
  readonly commonName: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** An authority signs others; a server proves a DNS name; a client proves who it is. */
  readonly use:
    | { readonly kind: "authority" }
    | { readonly kind: "client" }
    | { readonly kind: "server"; readonly dnsName: string };
}

export interface Issuer {
  readonly commonName: string;
  readonly key: KeyObject;
}

/** The Ed25519 key of some secret text: its SHA-256 is the key's seed (RFC 8032). */
export function keyOf(secret: string): KeyObject {
  const seed = createHash("sha256").update(secret).digest();
  // PKCS #8 of an Ed25519 key is this prefix and the seed (RFC 8410).
  const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  return createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
}

export const keyPem = (key: KeyObject): string => key.export({ format: "pem", type: "pkcs8" }).toString();

/** An X.509 v3 certificate (RFC 5280) of a key, signed by the issuer; PEM. */
export function certificate(key: KeyObject, facts: CertificateFacts, issuer: Issuer): string {
  const publicKey = createPublicKey(key).export({ format: "der", type: "spki" });
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serial(publicKey, facts)),
    ed25519,
    name(issuer.commonName),
    sequence(time(facts.notBefore), time(facts.notAfter)),
    name(facts.commonName),
    publicKey,
    explicit(3, sequence(...extensions(facts.use))),
  );
  const signature = sign(null, body, issuer.key);
  const whole = sequence(body, ed25519, bitString(signature));
  const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/** Positive, of 16 bytes, another one for another content: an issuer must not sign a serial number twice. */
function serial(publicKey: Buffer, facts: CertificateFacts): Buffer {
  const digest = createHash("sha256").update(publicKey).update(JSON.stringify(facts)).digest().subarray(0, 16);
  digest[0] = ((digest[0] ?? 0) & 0x3f) | 0x40;
  return digest;
}

function extensions(use: CertificateFacts["use"]): Buffer[] {
  if (use.kind === "authority")
    return [
      extension("551d13", true, sequence(boolean(true))),
      // keyCertSign alone.
      extension("551d0f", true, bitString(Buffer.from([0x04]), 2)),
    ];
  const purpose = use.kind === "server" ? "2b06010505070301" : "2b06010505070302";
  const common = [
    extension("551d13", true, sequence()),
    // digitalSignature alone.
    extension("551d0f", true, bitString(Buffer.from([0x80]), 7)),
    extension("551d25", false, sequence(identifier(purpose))),
  ];
  if (use.kind === "client") return common;
  const dnsName = tagged(0x82, Buffer.from(use.dnsName, "ascii"));
  return [...common, extension("551d11", false, sequence(dnsName))];
}

// DER: a tag, the length, the content (X.690).

function tagged(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}

const sequence = (...parts: Buffer[]) => tagged(0x30, ...parts);
const integer = (bytes: Buffer) => tagged(0x02, bytes);
const boolean = (value: boolean) => tagged(0x01, Buffer.from([value ? 0xff : 0]));
const identifier = (hex: string) => tagged(0x06, Buffer.from(hex, "hex"));
const bitString = (bytes: Buffer, unused = 0) => tagged(0x03, Buffer.from([unused]), bytes);
const explicit = (number: number, content: Buffer) => tagged(0xa0 + number, content);
const ed25519 = sequence(identifier("2b6570"));

function name(commonName: string): Buffer {
  const value = tagged(0x0c, Buffer.from(commonName, "utf8"));
  return sequence(tagged(0x31, sequence(identifier("550403"), value)));
}

function extension(oid: string, critical: boolean, content: Buffer): Buffer {
  return sequence(identifier(oid), ...(critical ? [boolean(true)] : []), tagged(0x04, content));
}

/** Two digits of the year until 2049, four from then on (RFC 5280, 4.1.2.5). */
function time(at: Date): Buffer {
  const digits = `${at.toISOString().replaceAll(/[-:T]/g, "").slice(0, 14)}Z`;
  return at.getUTCFullYear() < 2050
    ? tagged(0x17, Buffer.from(digits.slice(2), "ascii"))
    : tagged(0x18, Buffer.from(digits, "ascii"));
}
